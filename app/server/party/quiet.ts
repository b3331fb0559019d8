/**
 * Imported before everything else: the network's libraries log as they are loaded and used. What imports this speaks for itself;
 * `LOG_LEVEL` brings their lines back.
 */
process.env.LOG_LEVEL ??= 'silent';
