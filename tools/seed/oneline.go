package main

import "strings"

// mostOfMessage is how long a message gets with the paths in it, in bytes: Kubernetes shows the last 4096 of a container.
const mostOfMessage = 2000

// oneLine makes a text fit for a message: an image may have names of any bytes, line ends too, and paths of any length.
// What is too long loses its middle.
func oneLine(text string, most int) string {
	if len(text) > most {
		text = text[:most/2] + "…" + text[len(text)-most/2:]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}
