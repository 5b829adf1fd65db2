package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
)

// ask puts one question to the server in dir, as the C side does, and waits
// for the answer.
func ask(dir string, r *Request) (*Reply, error) {
	b, err := EncodeRequest(r)
	if err != nil {
		return nil, err
	}
	c, err := net.Dial("unix", filepath.Join(dir, SocketName))
	if err != nil {
		return nil, fmt.Errorf("ask engine: %w", err)
	}
	defer c.Close()
	if _, err := c.Write(b); err != nil {
		return nil, fmt.Errorf("ask engine: %w", err)
	}
	b, err = io.ReadAll(io.LimitReader(c, MaxReply+1))
	if err != nil {
		return nil, fmt.Errorf("ask engine: %w", err)
	}
	if len(b) == 0 {
		return nil, errors.New("ask engine: it hung up without an answer")
	}
	return DecodeReply(b)
}
