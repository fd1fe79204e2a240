module bookend.dev/seed

go 1.26
