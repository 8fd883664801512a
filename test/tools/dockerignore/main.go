// The judge of our reading of .dockerignore: reads lines of JSON {"ignore": TEXT, "paths": [PATH, …]} and answers each with
// the list of those paths that Docker leaves out of the context, or with {"error": TEXT}.
package main

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

type question struct {
	Ignore string   `json:"ignore"`
	Paths  []string `json:"paths"`
}

func main() {
	in := json.NewDecoder(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for in.More() {
		var q question
		if err := in.Decode(&q); err != nil {
			panic(err)
		}
		left, err := leftOut(q)
		var answer any = left
		if err != nil {
			answer = map[string]string{"error": err.Error()}
		}
		if err := out.Encode(answer); err != nil {
			panic(err)
		}
	}
}

func leftOut(q question) ([]string, error) {
	patterns, err := ignorefile.ReadAll(strings.NewReader(q.Ignore))
	if err != nil {
		return nil, err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	left := []string{}
	for _, path := range q.Paths {
		matched, err := matcher.MatchesOrParentMatches(path)
		if err != nil {
			return nil, err
		}
		if matched {
			left = append(left, path)
		}
	}
	return left, nil
}
