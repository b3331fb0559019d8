/** Made by the app's build (scripts/app). */
declare module 'virtual:known-circuits' {
  const known: import('./lib/proof/verifier.ts').KnownCircuits;
  export default known;
}
