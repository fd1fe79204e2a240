package sys

// System calls that the standard library's frozen tables lack.
const (
	numberStatx         = 332
	numberRenameat2     = 316
	numberSyncfs        = 306
	numberCopyFileRange = 326
)
