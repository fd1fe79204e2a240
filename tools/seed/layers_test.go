package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layered are several sources that fill one volume.
type layered struct {
	names   []string
	sources map[string]string
	// flags of each layer.
	flags map[string][]string
}

// threeLayers have files of their own, directories that all of them have, and one link within each.
func threeLayers(t *testing.T) layered {
	directory := space(t)
	sources := map[string]string{}
	for index, name := range []string{"app", "extra", "theme"} {
		root := filepath.Join(directory, name)
		sources[name] = root
		write(filepath.Join(root, "lib", name, "file"), "of "+name)
		write(filepath.Join(root, "lib", "shared", name+".conf"), strings.Repeat(name, 1+index))
		write(filepath.Join(root, name+".txt"), "top of "+name)
		must(os.Symlink(name+".txt", filepath.Join(root, "link-of-"+name)))
		must(os.Link(filepath.Join(root, name+".txt"), filepath.Join(root, "lib", name+".again")))
		must(os.Chmod(filepath.Join(root, "lib", "shared"), []os.FileMode{0o755, 0o775, 0o777}[index]))
		for _, path := range []string{"lib/" + name, "lib/shared", "lib", "link-of-" + name, ""} {
			setTime(filepath.Join(root, path), 1_600_000_000+int64(index), 5)
		}
	}
	return layered{[]string{"app", "extra", "theme"}, sources, map[string][]string{}}
}

func (l layered) args(name, target string) []string {
	return append([]string{"copy", l.sources[name], target, keepOwners, "--layers=" + strings.Join(l.names, ","), "--layer=" + name}, l.flags[name]...)
}

// run runs all layers in their order, up to one that fails.
func (l layered) run(t *testing.T, target string) (last outcome) {
	t.Helper()
	for _, name := range l.names {
		if last = seed(how{}, l.args(name, target)...); last.code != 0 || last.killed {
			return last
		}
	}
	return last
}

// united is what `cp -r` of one layer after the other makes of them.
func (l layered) united(t *testing.T) string {
	t.Helper()
	directory := filepath.Join(space(t), "united")
	for _, name := range l.names {
		seed(how{program: "cp"}, "-a", "--no-target-directory", l.sources[name], directory).expect(t, 0)
	}
	// Directories that were there keep what they had: cp -a gives them what the last one has.
	for index := range l.names {
		name := l.names[len(l.names)-1-index]
		must(filepath.WalkDir(l.sources[name], func(path string, entry os.DirEntry, err error) error {
			must(err)
			if info, err := entry.Info(); err == nil && entry.IsDir() {
				to := filepath.Join(directory, strings.TrimPrefix(path, l.sources[name]))
				must(os.Chmod(to, info.Mode().Perm()))
				setTime(to, info.ModTime().Unix(), uint32(info.ModTime().Nanosecond()))
			}
			return nil
		}))
	}
	return snapshot(t, directory)
}

func TestSeveralSourcesFillOneVolume(t *testing.T) {
	layers, target := threeLayers(t), space(t)
	for _, name := range layers.names {
		if _, err := os.Lstat(filepath.Join(target, contentName)); err == nil {
			t.Errorf("there is content before %s is copied", name)
		}
		done := seed(how{}, layers.args(name, target)...)
		done.expect(t, 0, map[string]string{"theme": "seed: put together 12 files of app, extra, theme in "}[name])
	}
	sameText(t, layers.united(t), snapshot(t, filepath.Join(target, contentName)))
	before := snapshot(t, target)
	for _, name := range layers.names {
		done := seed(how{program: crashing, environment: []string{"SEED_CRASH_AT=1"}}, layers.args(name, target)...)
		done.expect(t, 0, "is there already")
	}
	sameText(t, before, snapshot(t, target))
}

func TestAPathThatTwoLayersHaveIsRefusedWithBothNames(t *testing.T) {
	for name, c := range map[string]struct {
		change func(layers layered)
		said   string
	}{
		"a file": {func(l layered) { write(filepath.Join(l.sources["theme"], "app.txt"), "x") },
			"the shares app and theme both have app.txt. Write onConflict=last on theme if its files are to replace those of app, or share narrower paths."},
		"the same file": {func(l layered) { write(filepath.Join(l.sources["extra"], "lib", "app", "file"), "of app") },
			"the shares app and extra both have lib/app/file. Write onConflict=last on extra"},
		"a directory and a file": {func(l layered) { write(filepath.Join(l.sources["theme"], "lib", "app.again", "file"), "x") },
			"the shares app and theme both have lib/app.again. "},
		"a link and a directory": {func(l layered) { must(os.Symlink("x", filepath.Join(l.sources["theme"], "lib", "extra"))) },
			"the shares extra and theme both have lib/extra. "},
		"several": {func(l layered) {
			for _, name := range []string{"extra.txt", "app.txt", "lib/shared/app.conf"} {
				write(filepath.Join(l.sources["theme"], name), "x")
			}
		}, "the shares app and theme both have app.txt (and 2 other paths). "},
		"a file as source": {func(l layered) { l.sources["theme"] = filepath.Join(l.sources["theme"], "theme.txt") },
			"the shares app and theme both have a file in place of the whole directory (and 1 other path). "},
	} {
		t.Run(name, func(t *testing.T) {
			layers, target := threeLayers(t), space(t)
			c.change(layers)
			done := layers.run(t, target)
			done.expect(t, exitConflict, c.said)
			if found := names(t, target); slices.Contains(found, contentName) {
				t.Errorf("there is content: %q", found)
			}
		})
	}
}

func TestTheLastLayerWinsWhereItIsToldTo(t *testing.T) {
	layers, target := threeLayers(t), space(t)
	layers.flags["theme"] = []string{"--on-conflict=last"}
	theme := layers.sources["theme"]
	write(filepath.Join(theme, "app.txt"), "of the theme")
	write(filepath.Join(theme, "lib", "app.again", "below"), "a directory in place of a file")
	write(filepath.Join(theme, "lib", "extra"), "a file in place of a directory")
	layers.run(t, target).expect(t, 0)
	content := filepath.Join(target, contentName)
	for path, expected := range map[string]string{"app.txt": "of the theme", "lib/app.again/below": "a directory in place of a file",
		"lib/extra": "a file in place of a directory", "lib/app/file": "of app", "lib/extra.again": "top of extra"} {
		contains(t, expected, content, path)
	}
	// Without what hid it, a file of an earlier layer is there again.
	must(os.Remove(filepath.Join(theme, "app.txt")))
	must(os.Remove(filepath.Join(theme, "lib", "extra")))
	layers.run(t, target).expect(t, 0)
	for path, expected := range map[string]string{"app.txt": "top of app", "lib/extra/file": "of extra"} {
		contains(t, expected, content, path)
	}
}

func TestALayerWhoseImageChangedIsNoticedAndTheOthersStay(t *testing.T) {
	for _, changed := range []string{"app", "extra", "theme"} {
		t.Run(changed, func(t *testing.T) {
			layers, target := threeLayers(t), space(t)
			layers.run(t, target).expect(t, 0)
			write(filepath.Join(layers.sources[changed], "lib", "new"), "in the new image")
			must(os.Remove(filepath.Join(layers.sources[changed], "lib", changed, "file")))
			said := ""
			for _, name := range layers.names {
				done := seed(how{}, layers.args(name, target)...)
				if done.code != 0 || strings.Contains(done.said, "copying again") != (name == changed) {
					t.Errorf("%s: %d, %s", name, done.code, done.said)
				}
				said += done.said
			}
			sameText(t, layers.united(t), snapshot(t, filepath.Join(target, contentName)))
		})
	}
}

func TestAfterANewStartOfTheNodeLayersAndContentAreCompared(t *testing.T) {
	reboot := func(target string) {
		for _, of := range []slot{contentSlot, layerSlot("app"), layerSlot("extra"), layerSlot("theme")} {
			rebootedSlot(target, of)
		}
	}
	layers, target := threeLayers(t), space(t)
	layers.run(t, target).expect(t, 0)
	content := filepath.Join(target, contentName)
	must(os.WriteFile(filepath.Join(content, "app.txt"), []byte("changed by a consumer"), 0o644))
	must(os.RemoveAll(filepath.Join(content, "lib", "theme")))
	must(os.WriteFile(filepath.Join(content, "added"), nil, 0o644))
	before := snapshot(t, content)
	reboot(target)
	layers.run(t, target).expect(t, 0, "is there already")
	sameText(t, before, snapshot(t, content), "what a consumer changed is lost")
	for name, damage := range map[string]func(content string){
		"a name lost": func(content string) { lose(filepath.Join(content, "lib", "extra", "file")) },
		"a link lost": func(content string) { must(os.Remove(content + "/link-of-app")); setTime(content, 1_600_000_000, 5) },
		"a file of zeros": func(content string) {
			damageFile(filepath.Join(content, "lib", "app", "file"), "\x00\x00\x00\x00\x00\x00")
		},
		"a layer damaged": func(content string) { lose(filepath.Join(content, "..", layerSlot("extra").content, "extra.txt")) },
	} {
		t.Run(name, func(t *testing.T) {
			layers, target := threeLayers(t), space(t)
			for _, source := range layers.sources {
				for _, path := range []string{"lib/extra", "lib/app", "lib", ""} {
					if _, err := os.Lstat(filepath.Join(source, path)); err == nil {
						backdate(filepath.Join(source, path))
					}
				}
			}
			layers.run(t, target).expect(t, 0)
			damage(filepath.Join(target, contentName))
			for _, path := range []string{"lib/extra", ""} {
				backdate(filepath.Join(target, contentName, path))
			}
			reboot(target)
			layers.run(t, target).expect(t, 0)
			sameText(t, layers.united(t), snapshot(t, filepath.Join(target, contentName)))
		})
	}
}

func TestKilledAtAnyWriteLayersAreCompletedByTheNextRuns(t *testing.T) {
	for name, before := range map[string]bool{"the first time": false, "over other content": true} {
		t.Run(name, func(t *testing.T) {
			layers, older := twoSmallLayers(t, "new"), twoSmallLayers(t, "old")
			whole, old := layers.united(t), ""
			if before {
				old = older.united(t)
			}
			for _, killed := range layers.names {
				for number := 1; ; number++ {
					target := space(t)
					if before {
						older.run(t, target)
					}
					ended := false
					for _, name := range layers.names {
						if name != killed {
							seed(how{}, layers.args(name, target)...).expect(t, 0)
							continue
						}
						ended = !crashAt(number, nil, layers.args(name, target)...).killed
						scene{}.check(t, fmt.Sprintf("%s killed at write %d", name, number), target, old, whole)
						if killed != layers.names[len(layers.names)-1] || !ended {
							break
						}
					}
					layers.run(t, target).expect(t, 0)
					sameText(t, whole, snapshot(t, filepath.Join(target, contentName)), killed, " killed at write ", number, ", then run again")
					holds(t, target, 6, killed, " killed at write ", number, ", then run again")
					if ended {
						break
					}
				}
			}
		})
	}
}

func twoSmallLayers(t *testing.T, content string) layered {
	directory := space(t)
	sources := map[string]string{"app": filepath.Join(directory, "app"), "theme": filepath.Join(directory, "theme")}
	for _, name := range []string{"app", "theme"} {
		write(filepath.Join(sources[name], "lib", name), content)
		must(os.Symlink(content, filepath.Join(sources[name], "link-"+name)))
		write(filepath.Join(sources[name], "both"), content+" of "+name)
		for _, path := range []string{"lib", "link-" + name, ""} {
			backdate(filepath.Join(sources[name], path))
		}
	}
	return layered{[]string{"app", "theme"}, sources, map[string][]string{"theme": {"--on-conflict=last"}}}
}

func TestLayersOfTwoUsersAreCopiedWhereTheyCannotBeLinked(t *testing.T) {
	layers, target := threeLayers(t), volume(t, 2000)
	for _, source := range layers.sources {
		must(os.Chmod(source, 0o755))
	}
	flags := func(name string) []string {
		return slices.DeleteFunc(layers.args(name, target), func(f string) bool { return f == keepOwners })
	}
	for index, name := range layers.names {
		seed(how{user: 1000 + uint32(index), groups: []uint32{2000}}, flags(name)...).expect(t, 0)
	}
	content := filepath.Join(target, contentName)
	contains(t, "of app", content, "lib", "app", "file")
	looks(t, "drwxr-xr-x g 1002:2000", content, "lib")
	// What the user of the last layer may not read ends it, with the layer's name.
	layers.flags["app"] = []string{"--chmod=go="}
	target = space(t)
	seed(how{user: 1000}, flags("app")...).expect(t, 0)
	done := seed(how{user: 1001}, flags("extra")...)
	done.expect(t, exitPermission, "of the share app cannot be read by user 1001, group 1001. Shares of one target are put together by the last of them: let their sources run as one user, or write chmod=go+rX on app.")
}

func TestALayerThatComesTooEarlyIsRefusedAndOneThatIsGoneIsRemoved(t *testing.T) {
	layers, target := threeLayers(t), space(t)
	done := seed(how{}, layers.args("extra", target)...)
	done.expect(t, exitUsage, "the layer app has not been copied to "+target+". Run seed for the layers in the order of --layers.")
	layers.run(t, target)
	layers.names = []string{"app", "theme"}
	layers.run(t, target).expect(t, 0)
	sameText(t, layers.united(t), snapshot(t, filepath.Join(target, contentName)))
	holds(t, target, 6)
}
