// Seed copies a directory or file of the container image that it runs in into a volume, without shell, cp or libraries
// of the image.
//
// Bookend's copy mode puts it into a Pod in two steps: an init container of seed's own image runs `seed install`,
// which leaves the program in a volume; then an init container of the source image runs it from there with `seed
// copy`. What it promises is in README.md.
package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is set when the program is built.
var version = "development"

const help = `seed copies a directory or file of an image into a volume.

  seed install DIR           put this program into DIR, as DIR/seed
  seed copy SRC DIR [FLAG…]  copy SRC, a directory or a file, to DIR/content
  seed check DIR             tell whether DIR is check/sub/path of seed's image, as an image volume shows it
  seed version               print the version

Flags of copy:
  --owners=keep                  keep owners, groups, set-ID bits and file capabilities
  --chown=UID[:GID] | :GID       give everything in the copy to this user or group
  --chmod=MODE                   change the mode of everything in the copy, as chmod -R does
  --mount-point=REL              make an empty directory at this path of the content; may be given many times
  --mount-point-file=REL         make an empty file at this path of the content; may be given many times
  --layers=A,B,C --layer=B       several runs fill one volume; this is run B
  --on-conflict=last             a file of this layer replaces one of an earlier layer
  --size-limit=BYTES             fail before the volume takes more
  --size-limit-of=TEXT           what that limit is, for the message
`

func main() {
	// A write beyond `ulimit -f` gets an error that can be told.
	signal.Ignore(syscall.SIGXFSZ)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go endOn(signals)
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run does what the arguments ask for and gives the exit code.
func run(args []string, output, report io.Writer) (code int) {
	defer func() {
		if fault := recover(); fault != nil {
			code = fail(report, faultOf(fault))
		}
	}()
	if len(args) == 0 {
		return fail(report, usage("there is no command"))
	}
	command, args := args[0], args[1:]
	if command == "copy" {
		if err := copyCommand(args, report); err != nil {
			return fail(report, err)
		}
		return 0
	}
	expected, known := map[string]int{"install": 1, "check": 1, "version": 0, "help": 0, "--help": 0, "-h": 0, "--version": 0}[command]
	switch {
	case !known:
		return fail(report, usage(fmt.Sprintf("there is no command %q", command)))
	case len(args) != expected:
		return fail(report, usage(fmt.Sprintf("%s takes %d arguments, not %d", command, expected, len(args))))
	}
	var err error
	switch command {
	case "install":
		err = install(args[0], report)
	case "check":
		err = check(args[0], report)
	case "version", "--version":
		_, err = fmt.Fprintf(output, "seed %s\n", version)
	default:
		_, err = io.WriteString(output, help)
	}
	if err != nil {
		return fail(report, err)
	}
	return 0
}

func copyCommand(args []string, report io.Writer) error {
	paths, options, err := parseCopy(args)
	if err != nil {
		return err
	}
	return copyInto(paths[0], paths[1], options, report)
}

// endOn ends the program when the Pod is to end. As the first process of a container it would otherwise not be ended
// by the kernel, which spares such a process the usual effect of signals, and the kubelet would wait for the whole
// grace period.
func endOn(signals <-chan os.Signal) {
	received := <-signals
	far, advice := "", ""
	if progress := running.Load(); progress != nil {
		limit := progress.limit.of
		if limit == "" {
			limit = "sizeLimit of the share or limits.ephemeral-storage of the Pod"
		}
		far, advice = ": "+progress.said(), ". If the Pod was evicted, raise "+limit
	}
	text := fmt.Sprintf("stopped by %v%s; nothing half-written is in use, the next start begins anew%s", received, far, advice)
	fmt.Fprintf(os.Stderr, "seed: %s\n", text)
	leaveLastWords(text)
	os.Exit(128 + int(received.(syscall.Signal)))
}
