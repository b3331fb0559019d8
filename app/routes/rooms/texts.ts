/** The texts of this page, in one place so that they can be translated. */
export const texts = {
  draft: 'Your turn: your wallet creates this room',
  title: 'My rooms',
  lede: (profile: string) =>
    `The rooms that “${profile}” hosts or has a place in. What they wait for is read from the chain.`,
  create: 'New room',
  join: 'Join with an invite',
  none: 'No rooms yet',
  noneHint:
    'A room begins with a policy: who takes part, what is computed, and below which number nothing is released. Create one, or join one with the invite that its host sent you.',
  unread: 'Not read from the chain:',
  host: 'host',
  slot: (label: string) => `as ${label}`,
  untitled: 'Room without a copy of its policy',
  open: 'Open',
  until: 'until',
  late: 'The time for this step is over',
  role: 'Take a role with its link',
  roles: 'Roles in rooms of others',
  roleIn: { approver: 'Approver', auditor: 'Auditor' },
  inRoom: 'room',
  account: 'This profile’s account',
  accountHint:
    'Whoever grants you a role or sends you tokens needs this address. It is no secret, but it links what you do under it.',
  showAccount: 'Show the address',
  copyAccount: 'Copy the address',
  copied: 'Copied',
};
