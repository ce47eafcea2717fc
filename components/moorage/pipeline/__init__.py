"""The pipeline of a project, for GitHub Actions, GitLab CI/CD and AWS CodeBuild."""
