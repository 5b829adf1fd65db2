// Package audit keeps the trail: one line of JSON for each thing that
// happened, in files that many processes append to at the same time.
//
// What holds:
//
//   - Every record carries the hash of the one before it, and seals sign that
//     chain with keys that are erased as soon as they have signed. So [Verify]
//     finds any byte that was changed and any record that was added, moved or
//     removed, also if it was done by somebody who has today's key. Only the
//     current epoch is as safe as that key. docs/audit.md says what is found by
//     what.
//   - When [Log.Append] has returned, the record survives the death of the
//     process; a refusal or a question survives the death of the machine too.
//   - A crash in the middle of a write is repaired by whoever comes next, and
//     the repair is itself a record. A damaged trail never keeps anybody out.
//   - Nothing in a record can break its line or do something to a terminal,
//     and well-known shapes of secrets are taken out before it is written.
//
// The package knows nothing of policies and shells. It does not decide what
// happens when a record can't be written; it only says so.
package audit
