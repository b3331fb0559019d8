/** The texts of this page, in one place so that they can be translated. */
export const texts = {
  title: 'Join a room',
  lede: 'The host of a room sent you an invite. It is the key to one place in the room: it works once, and only you should have it.',
  own: 'The invite stays between this page and the server on your own machine. In a link it stands after “#”, a part that browsers send to nobody.',
  found: 'The invite of this link',
  room: 'Room',
  place: 'Place',
  damaged:
    'This is not a whole invite. Copy the full line or link that the host sent; the invite begins with “zkcr1.”.',
  field: 'Invite',
  hint: 'Paste the link, or the line that begins with “zkcr1.”.',
  as: (profile: string) => `You join as “${profile}”.`,
  change: 'Choose another profile',
  button: 'Take this place',
  next: 'Your server then reads the policy. You approve it, or not, on the next page.',
};
