/** A data source cannot be used. The message names the place and the remedy, and never repeats a value of the data. */
export class ConnectorError extends Error {
  override name = 'ConnectorError';
}
