module bookend.dev/pause

go 1.24
