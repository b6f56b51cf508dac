/** For `catch`: passes over the failure of this name, and throws any other again. */
export function unless(name: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Error && error.name === name)) throw error;
  };
}
