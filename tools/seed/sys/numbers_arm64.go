package sys

// System calls that the standard library's frozen tables lack.
const (
	numberStatx         = 291
	numberRenameat2     = 276
	numberSyncfs        = 267
	numberCopyFileRange = 285
)
