module waybill.dev/test/tools/dockerignore

go 1.25.0

require github.com/moby/patternmatcher v0.6.0
