// Package format writes audit records in the forms that other programs read:
// CEF, CSV and OCSF beside the trail's own JSON lines.
//
// What holds, whatever an agent has put into a record: one record is one line
// of printable text, and no value can become a key, a column, a second record, a
// formula or an escape sequence. The package knows nothing of transports.
package format
