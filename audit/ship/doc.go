// Package ship sends copies of the audit trail elsewhere as they are written: to
// syslog, to files, and by whatever else implements [Sink].
//
// The trail on disk is the queue. A [Shipper] follows it for one destination,
// keeps a cursor beside it, and goes on after failures, in this session or the
// next one. So nothing waits for a destination, and nothing is kept twice.
//
// What holds:
//
//   - Every record is sent at least once, in the order of the trail. After a
//     failure some may come twice; seq and hash tell.
//   - What can't be sent any more (too far behind, removed from the trail,
//     rejected) is counted, and told to the session, which records it.
//   - A record is on the disk before it is sent.
//   - One process at a time sends to one destination.
//   - No record can break the frame that it is sent in.
package ship
