//! Sets up the stock clients of the end-to-end tests, each made once per list of its packages, in the cache folder.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::step::{self, Outcome};

/// Where the clients lie, from the root of the workspace.
const CLIENTS: &str = "tests/clients";

/// Copy of the list in a finished environment; the tests look for the one that equals their list.
const MARKER: &str = "complete.txt";

/// Makes sure that the environments of the gate are in the cache: Python and Node.js.
pub(crate) fn run() -> Outcome {
    python()?;
    node()
}

/// Makes sure that the environments outside the gate are in the cache too.
pub(crate) fn run_all() -> Outcome {
    run()?;
    java()?;
    go()
}

/// An environment in the cache, named by language and by the hash of the list of its packages.
struct Environment {
    sources: PathBuf,
    list: String,
    folder: PathBuf,
}

impl Environment {
    fn of(language: &str, list: &str) -> Outcome<Self> {
        let sources = step::root().join(CLIENTS).join(language);
        let list = fs::read_to_string(sources.join(list))
            .map_err(|e| format!("`{CLIENTS}/{language}/{list}`: {e}"))?;
        let hash: String = Sha256::digest(&list).iter().take(8).map(|b| format!("{b:02x}")).collect();
        let folder = step::cache()?.join("clients").join(format!("{language}-{hash}"));
        Ok(Self { sources, list, folder })
    }

    fn is_complete(&self) -> bool {
        fs::read_to_string(self.folder.join(MARKER)).is_ok_and(|made_of| made_of == self.list)
    }

    fn create(&self) -> Outcome {
        fs::create_dir_all(&self.folder).map_err(|e| self.io(&e))
    }

    /// The marker comes last.
    fn complete(&self) -> Outcome {
        fs::write(self.folder.join(MARKER), &self.list).map_err(|e| self.io(&e))?;
        println!("    stock client is ready: {}", self.folder.display());
        Ok(())
    }

    fn copy(&self, names: &[&str]) -> Outcome {
        for name in names {
            fs::copy(self.sources.join(name), self.folder.join(name)).map_err(|e| self.io(&e))?;
        }
        Ok(())
    }

    fn io(&self, error: &std::io::Error) -> String {
        format!("`{}`: {error}", self.folder.display())
    }
}

fn python() -> Outcome {
    let made = Environment::of("python", "requirements.txt")?;
    let python = made.folder.join("bin/python");
    // The interpreter is a link that dangles after an upgrade of the system's Python.
    if python.is_file() && made.is_complete() {
        return Ok(());
    }
    made.create()?;
    // Scripts hold the path of their interpreter, so it is made in place.
    step::run(step::command("python3", ["-m", "venv", "--clear"]).arg(&made.folder))?;
    let pip =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"];
    let list = made.sources.join("requirements.txt");
    step::insist(|| step::run(step::command(&python, pip).arg(&list)))?;
    made.complete()
}

fn node() -> Outcome {
    let made = Environment::of("node", "package-lock.json")?;
    if !made.is_complete() {
        made.create()?;
        made.copy(&["package.json", "package-lock.json", ".npmrc"])?;
        let npm = ["ci", "--ignore-scripts", "--prefer-offline", "--loglevel=error"];
        step::insist(|| step::run(step::command("npm", npm).current_dir(&made.folder)))?;
        made.complete()?;
    }
    // A program finds its packages beside itself; it may change while its packages stay.
    made.copy(&["shop.js"])
}

/// The agent comes from where Maven is set up to fetch from; the service is compiled by the JDK.
fn java() -> Outcome {
    let made = Environment::of("java", "pom.xml")?;
    if !made.is_complete() {
        made.create()?;
        let mut maven = step::command("mvn", ["--batch-mode", "--quiet", "--file"]);
        maven.arg(made.sources.join("pom.xml")).arg("dependency:copy");
        maven.arg(format!("-DoutputDirectory={}", path(&made.folder)?));
        step::run(&mut maven)?;
        made.complete()?;
    }
    let mut compiler = step::command("javac", ["-d"]);
    step::run(compiler.arg(&made.folder).arg(made.sources.join("Shop.java")))
}

/// With the toolchain that is installed, and exactly the modules whose hashes are committed.
fn go() -> Outcome {
    let made = Environment::of("go", "go.sum")?;
    made.create()?;
    let mut go = step::command("go", ["build", "-mod=readonly", "-trimpath", "-o"]);
    go.arg(made.folder.join("shop")).arg(".").current_dir(&made.sources);
    step::run(go.env("GOTOOLCHAIN", "local").env("CGO_ENABLED", "0"))?;
    made.complete()
}

fn path(folder: &Path) -> Outcome<&str> {
    folder.to_str().ok_or_else(|| format!("`{}` is not UTF-8", folder.display()))
}
