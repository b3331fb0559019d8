declare global {
  namespace App {
    interface Error {
      message: string;
      /** What the visitor can do about it. */
      todo?: string;
      /** The command that does it. */
      command?: string;
    }
  }
}

export {};
