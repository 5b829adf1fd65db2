// Package wire is how the process layers talk to the engine: one question and
// one answer over a Unix socket in the session's private directory.
//
// The C side (preload/c) is the usual client: it asks before each exec. The
// format is fixed by preload/c/wire.h; a test reads that header and holds this
// package to it.
//
// What holds: a peer of another user is never answered; a message is read
// whole or not at all; a question that can't be understood is never allowed;
// who asks (process and user) is taken from the kernel, not from the message.
// What is in the message is the peer's word. The package judges nothing: it
// hands each Request to a callback and sends its Reply.
package wire
