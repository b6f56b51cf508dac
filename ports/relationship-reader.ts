import type { Sequence } from '../events/sequence.ts';
import type { Page, PageQuery } from './page.ts';

/** Users, and who follows whom. */
export interface RelationshipReader {
  /** Absent until the user has joined, and after he left. */
  user(userId: string): Promise<UserProfile | undefined>;

  /** Newest first by sequence (equal ones by user id). Who left is in neither list; who never joined may be. */
  followers(userId: string, query: PageQuery<RelationshipCursor>): Promise<Page<Relationship, RelationshipCursor>>;
  following(userId: string, query: PageQuery<RelationshipCursor>): Promise<Page<Relationship, RelationshipCursor>>;

  /** Since when the one follows the other, absent if he does not. */
  followingSince(followerId: string, followeeId: string): Promise<string | undefined>;

  /** Users with the most followers, most first. */
  mostFollowed(limit: number): Promise<UserProfile[]>;

  totals(): Promise<{ readonly users: number; readonly follows: number }>;
}

export interface UserProfile {
  readonly userId: string;
  readonly userName: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly joinedAt: string;
  /** Always equal to the lengths of the lists. */
  readonly followers: number;
  readonly following: number;
}

export interface Relationship {
  /** The other user. */
  readonly userId: string;
  /** When the present following began: ISO 8601. */
  readonly since: string;
}

export interface RelationshipCursor {
  readonly sequence: Sequence;
  readonly userId: string;
}
