// Package report counts what is in an audit trail, and makes a page of it.
//
// What holds: it needs no more memory for a longer trail, whatever is in it; and
// nothing that an agent wrote can be anything but text, on a terminal or in a
// browser. It reads records by [audit.Search] alone.
package report
