/** For `catch`: ignores the failure with this name, and rethrows any other. */
export function unless(name: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Error && error.name === name)) throw error;
  };
}
