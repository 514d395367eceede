/** The public registries' own defaults, by what has to be in a repository for its programs to ask them. npm's is its own setting. */
export const publicHosts: Readonly<Record<string, readonly string[]>> = {
  "yarn.lock": ["registry.yarnpkg.com"],
  "pyproject.toml": ["pypi.org", "files.pythonhosted.org"],
  "requirements.txt": ["pypi.org", "files.pythonhosted.org"],
  "requirements-dev.txt": ["pypi.org", "files.pythonhosted.org"],
  "setup.py": ["pypi.org", "files.pythonhosted.org"],
  Pipfile: ["pypi.org", "files.pythonhosted.org"],
  "Cargo.toml": ["crates.io", "index.crates.io", "static.crates.io"],
  "go.mod": ["proxy.golang.org", "sum.golang.org"],
  "pom.xml": ["repo.maven.apache.org", "repo1.maven.org"],
  "build.gradle": ["repo.maven.apache.org", "repo1.maven.org", "plugins.gradle.org", "plugins-artifacts.gradle.org"],
  "build.gradle.kts": [
    "repo.maven.apache.org",
    "repo1.maven.org",
    "plugins.gradle.org",
    "plugins-artifacts.gradle.org",
  ],
  "gradle/wrapper/gradle-wrapper.properties": ["services.gradle.org", "downloads.gradle.org"],
  Gemfile: ["rubygems.org", "index.rubygems.org"],
  "composer.json": ["repo.packagist.org", "packagist.org"],
};
