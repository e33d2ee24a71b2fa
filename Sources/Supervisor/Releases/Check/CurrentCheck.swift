/// Checks that the `current` link can be made. A file in its place that is no link is somebody's, and never replaced.
enum CurrentCheck {
    static func problems(_ configuration: Configuration, _ surroundings: Surroundings) -> [Problem] {
        guard let obstacle = ReleaseLayout(configuration).linkObstacle else { return [] }
        return [
            Problem(
                file: Paths.shortened(obstacle.path, from: surroundings.workingDirectory), found: obstacle.found,
                expected: "a link or nothing", advice: "move it away: the link to the committed release is made there")
        ]
    }
}
