// Package platform holds what differs by operating system: where things live,
// who may read them, how a process hides its memory, and what a terminal is.
//
// What it hands out as private is private: made by this user, closed to all
// others, and never behind a link that somebody planted. It never prints and
// never keeps state.
package platform
