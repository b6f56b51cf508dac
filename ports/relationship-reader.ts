import type { Sequence } from '../events/sequence.ts';
import type { Page, PageQuery } from './page.ts';

/** Users, and who follows whom. */
export interface RelationshipReader {
  /** Absent before the user joins, and after they leave. */
  user(userId: string): Promise<UserProfile | undefined>;

  /** Newest first by sequence (ties by user id). Users who left are in neither list; users who never joined may be. */
  followers(userId: string, query: PageQuery<RelationshipCursor>): Promise<Page<Relationship, RelationshipCursor>>;
  following(userId: string, query: PageQuery<RelationshipCursor>): Promise<Page<Relationship, RelationshipCursor>>;

  /** When the follower began to follow the followee; absent if they do not. */
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
  /** When the current follow began: ISO 8601. */
  readonly since: string;
}

export interface RelationshipCursor {
  readonly sequence: Sequence;
  readonly userId: string;
}
