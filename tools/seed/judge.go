package main

import "fmt"

// judgement is what is thought of the content that is there.
type judgement struct {
	isGood bool
	// renewed says from now on that it is good, where that took more than a look at the marker.
	renewed *marker
	// why it is not good, when there was a copy that seemed to be.
	why string
}

// judge tells whether the content is a complete copy of the source as it is now, in the cheapest way that is certain.
func (t *target) judge(of slot, now *manifest, boot string, compare func() (string, error)) (judgement, error) {
	was := t.readMarker(of)
	exists, err := t.has(of.content)
	if err != nil || !exists || was == nil {
		return judgement{}, err
	}
	if was.digest != now.digest {
		return judgement{why: "the image or the flags of the share have changed: copying again"}, nil
	}
	// In one and the same start of the node the content is what was written, whether it has reached the disk or not.
	isWhole := was.boot == "" || was.boot == boot
	if isWhole && was.identity == now.identity && now.conclusive {
		return judgement{isGood: true}, nil
	}
	difference, err := compare()
	if err != nil {
		return judgement{}, err
	}
	if difference != "" {
		return judgement{why: fmt.Sprintf("the copy is not what the image has (%s): copying again", difference)}, nil
	}
	renewed := marker{now.digest, now.identity, was.boot, was.made}
	if !isWhole {
		// What was read in another start of the node has come from its disk.
		renewed.boot = ""
	}
	return judgement{isGood: true, renewed: &renewed}, nil
}

// keep leaves the content as it is, with nothing beside it: a run that was ended right after it had put its copy in
// place has left what was there before.
func (t *target) keep(of slot, good judgement, layers []string) error {
	if _, err := t.clean(layers); err != nil || good.renewed == nil {
		return err
	}
	return t.writeMarker(of, *good.renewed)
}
