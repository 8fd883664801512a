rootProject.name = "fixture"
include("app")
