//go:build !unix

package ship

const noFollow = 0
