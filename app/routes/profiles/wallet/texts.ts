/** The texts of this page, in one place so that they can be translated. */
export const texts = {
  title: 'Connect a wallet',
  back: 'Profiles',
  lede: (profile: string) =>
    `The profile “${profile}” has an account of its own on this machine. Beside it, an Aztec wallet in this browser can be host: it then creates, cancels and closes rooms, and you agree to each call there.`,
  builtIn: 'What the built-in account still does',
  builtInText:
    'Taking a place, approving, committing a table and every step that follows need keys and data of this machine. The built-in account does these, whatever wallet is connected.',
  noNode: 'The network cannot be reached',
  noNodeText:
    'No Aztec node answers, and wallets are looked for by the network they are for. Start it and load this page again.',
  look: 'Look for wallets',
  lookAgain: 'Look again',
  last: (name: string) => `Last connected: ${name}, with the account`,
  lastHint:
    'A connection ends when the page is loaded anew. Look for the wallet to connect again; you compare new pictures.',
  forget: 'Forget this wallet',
  looking: 'Looking for wallets…',
  lookingHint: 'A wallet shows itself once you have agreed to that in it. Open yours, and allow this page to see it.',
  stop: 'Stop looking',
  found: 'Wallets that answered',
  version: (version: string) => `version ${version}`,
  connect: 'Connect',
  none: 'No wallet answered',
  noneHint:
    'Install a browser extension that is an Aztec wallet for this network, unlock it, and look again. Or use the built-in account: it needs nothing.',
  opening: (name: string) => `Agreeing on a key with ${name}…`,
  compare: 'Compare the pictures',
  compareHint: (name: string) =>
    `${name} shows nine pictures as well. If they are the same in the same order, nobody stands between this page and the wallet.`,
  same: 'They are the same',
  differ: 'They differ',
  refused:
    'Nothing was connected: the pictures differ, so somebody may stand between this page and the wallet. Look which extensions this browser has.',
  asking: (name: string) => `Waiting for ${name}: say there which accounts this page may see…`,
  connected: (name: string) => `Connected to ${name}`,
  connectedHint: 'For this tab, until it is closed or loaded anew.',
  account: 'Account that hosts rooms',
  unnamed: 'account',
  mayDo: 'This page may',
  mayDoUnknown: 'The wallet does not say what this page may do. It asks you at each call.',
  disconnect: 'Disconnect',
  ready: 'Create a room with it',
  otherProfile: (profile: string) =>
    `This tab is connected for the profile “${profile}”. Looking for wallets ends that.`,
};
