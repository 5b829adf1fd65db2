package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// unambiguous refuses JSON that another reader may take for another Call: keys
// that occur twice, those that only case tells from one of a Call, and texts
// that are no Unicode, of which Go's reader makes something else.
func unambiguous(line []byte) error {
	if !utf8.Valid(line) {
		return errors.New("not UTF-8")
	}
	if at := loneSurrogate(line); at != "" {
		return fmt.Errorf("%s is half of a character", at)
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	type level struct {
		keys  map[string]bool // nil: a list
		value bool            // the next token is the value of a key
	}
	var open []level
	for {
		t, err := dec.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if d, ok := t.(json.Delim); ok && (d == '}' || d == ']') {
			open = open[:len(open)-1]
			continue
		}
		if n := len(open); n > 0 && open[n-1].keys != nil {
			top := &open[n-1]
			if top.value = !top.value; top.value {
				key := t.(string)
				if top.keys[key] {
					return fmt.Errorf("the key %q occurs twice", key)
				}
				top.keys[key] = true
				if known := evalKey(key); n == 1 && known != "" && known != key {
					return fmt.Errorf("the key %q is spelled %q", key, known)
				}
				continue
			}
		}
		switch t {
		case json.Delim('{'):
			open = append(open, level{keys: map[string]bool{}})
		case json.Delim('['):
			open = append(open, level{})
		}
	}
}

// evalKey returns the key of an evalCall that Go's reader takes key for, "" if
// none.
func evalKey(key string) string {
	for f := range reflect.TypeFor[evalCall]().Fields() {
		if name := f.Tag.Get("json"); strings.EqualFold(name, key) {
			return name
		}
	}
	return ""
}

// loneSurrogate returns the first \uD800 to \uDFFF in valid JSON that has no
// partner, "" if there is none.
func loneSurrogate(line []byte) string {
	for {
		i := bytes.IndexByte(line, '\\')
		if i < 0 {
			return ""
		}
		line = line[i:]
		unit := escapedUnit(line)
		switch {
		case unit < 0:
			line = line[2:]
		case unit < 0xd800 || unit > 0xdfff:
			line = line[6:]
		case unit < 0xdc00 && escapedUnit(line[6:]) >= 0xdc00 && escapedUnit(line[6:]) <= 0xdfff:
			line = line[12:]
		default:
			return string(line[:6])
		}
	}
}

// escapedUnit returns the number of the \uXXXX that b begins with, -1 if it
// does not.
func escapedUnit(b []byte) int {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return int(n)
}
