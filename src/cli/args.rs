//! The command line, as clap reads it.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use super::completions::{images, lessons, lessons_and_tasks};

/// The whole program on one screen of 80 by 24. A test holds that no command is left out.
const HELP: &str = "\
{about}

Usage: sealegs [OPTIONS] [COMMAND]      (no command: go on where you left off)
       sealegs COMMAND --help           (more about a command)

Learn:    list      the lessons, your progress   hint       the next hint
          read      a lesson                     solution   the answer
          start     a lesson's workspace         skip       leave a lesson out
          check     look at your work            reset      begin a lesson anew
          shell     a docker of your own         sandbox    it, elsewhere
          map       what runs in it              answer     a lesson's questions
          progress  take it to another machine
Grade:    submit    what to hand in              grade      a final verdict
Machine:  doctor    what is missing              images     the course's images
          clean     what a killed run has left   completions  for your shell
Author:   dev       prove a course, schemas

Options:
  --course DIR     another course             --plain        for screen readers
  --engine URL     another engine             -h, --help     this
  --kit FILE       images, from a file        -V, --version  the version
  --format FORMAT  text or json               --color WHEN   auto, always, never
";

/// Learn Docker by doing it, on your own engine, in your terminal.
#[derive(Debug, Parser)]
#[command(
    name = "sealegs",
    version,
    disable_help_subcommand = true,
    help_template = HELP
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Another course than the built-in one
    #[arg(long, global = true, value_name = "DIR", display_order = 100)]
    pub(crate) course: Option<PathBuf>,
    /// Another engine than the docker command's own
    #[arg(long, global = true, value_name = "URL", display_order = 101)]
    pub(crate) engine: Option<String>,
    /// A kit to take missing images from first
    #[arg(long, global = true, value_name = "FILE", display_order = 102)]
    pub(crate) kit: Option<PathBuf>,
    /// text, or json for lists and grades
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t = Format::Text,
        hide_possible_values = true,
        display_order = 103
    )]
    pub(crate) format: Format,
    /// auto, always or never
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t = ColorChoice::Auto,
        value_name = "WHEN",
        hide_possible_values = true,
        display_order = 104
    )]
    pub(crate) color: ColorChoice,
    /// For screen readers: words for marks, nothing drawn
    #[arg(long, global = true, display_order = 105)]
    pub(crate) plain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs: versioned JSON
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the lessons and your progress
    List {
        /// Only lessons that mention all of these
        #[arg(value_name = "WORD")]
        words: Vec<String>,
        #[command(flatten)]
        which: ListWhich,
    },
    /// Read a lesson
    Read {
        /// The lesson; the one of this folder, or the one you are at, where left out
        #[arg(add = ArgValueCompleter::new(lessons))]
        lesson: Option<String>,
    },
    /// Make a workspace with a lesson's starter files, and show the lesson
    Start {
        /// The lesson
        #[arg(add = ArgValueCompleter::new(lessons))]
        lesson: String,
        /// The folder to make; where left out, your workspace of the lesson, else one of its name
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Look at your work; what passes stays passed
    Check {
        /// The lesson, or one task of it; the lesson of this folder, or the one you are at, where left out
        #[arg(value_name = "LESSON[/TASK]", add = ArgValueCompleter::new(lessons_and_tasks))]
        lesson: Option<String>,
        /// The workspace; where left out, this folder or one above it, else where you work on the lesson
        #[arg(value_name = "DIR")]
        workspace: Option<PathBuf>,
        /// Look again at every save and every command, until you leave
        #[arg(long)]
        watch: bool,
    },
    /// Give the next hint on a task
    Hint {
        /// The task, or its name alone in its workspace; the first open one where left out
        #[arg(value_name = "[LESSON/]TASK", add = ArgValueCompleter::new(lessons_and_tasks))]
        task: Option<String>,
        /// Show the hints that were given before
        #[arg(long)]
        again: bool,
    },
    /// Compare your files with the reference, once the lesson is done
    Solution {
        /// The lesson; the one of this folder, or the one you are at, where left out
        #[arg(add = ArgValueCompleter::new(lessons))]
        lesson: Option<String>,
        /// The workspace; where left out, where you work on the lesson
        #[arg(value_name = "DIR")]
        workspace: Option<PathBuf>,
        /// Show it before the lesson is done
        #[arg(long)]
        anyway: bool,
    },
    /// Leave a lesson out
    Skip {
        /// The lesson
        #[arg(add = ArgValueCompleter::new(lessons))]
        lesson: String,
        /// Test out of it: check the work in this folder, and count the lesson if all of it passes
        #[arg(long, value_name = "DIR")]
        test_out: Option<PathBuf>,
    },
    /// Begin a lesson anew; your files are kept aside
    Reset {
        /// The lesson
        #[arg(required_unless_present = "all", add = ArgValueCompleter::new(lessons))]
        lesson: Option<String>,
        /// All lessons
        #[arg(long, conflicts_with = "lesson")]
        all: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Take your progress along
    Progress {
        #[command(subcommand)]
        command: ProgressCommand,
    },
    /// A shell whose docker is a private engine; leaving it keeps what was made
    Shell {
        /// The lesson; the one of this folder, or the one you are at, where left out
        #[arg(add = ArgValueCompleter::new(lessons))]
        lesson: Option<String>,
    },
    /// A picture of what runs in a lesson's shell: containers, networks, ports, volumes
    Map {
        /// The lesson; the one of this folder, or the one you are at, where left out
        #[arg(add = ArgValueCompleter::new(lessons))]
        lesson: Option<String>,
    },
    /// The private engine that a lesson's shell uses
    Sandbox {
        #[command(subcommand)]
        command: SandboxCommand,
    },
    /// Answer a lesson's questions
    Answer {
        /// The lesson, or one task of it; the lesson of this folder, or the one you are at, where left out
        #[arg(value_name = "LESSON[/TASK]", add = ArgValueCompleter::new(lessons_and_tasks))]
        lesson: Option<String>,
        /// The workspace; where left out, where you work on the lesson
        #[arg(value_name = "DIR")]
        workspace: Option<PathBuf>,
        /// Answer this question without being asked; several choices with commas between them
        #[arg(long, value_name = "ID=VALUE")]
        choose: Vec<String>,
    },
    /// Write one archive to hand in, after the grade it will get
    Submit {
        /// The lesson; the one of this folder, or the one you are at, where left out
        #[arg(add = ArgValueCompleter::new(lessons))]
        lesson: Option<String>,
        /// The workspace; where left out, where you work on the lesson
        #[arg(value_name = "DIR")]
        workspace: Option<PathBuf>,
        /// The archive; LESSON.tar.gz where left out
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Open the commands in your editor first
        #[arg(long)]
        edit: bool,
        /// Write it whatever its grade
        #[arg(long)]
        anyway: bool,
    },
    /// Grade a submission: a fresh, final verdict
    Grade {
        /// The lesson
        #[arg(add = ArgValueCompleter::new(lessons))]
        lesson: String,
        /// The submission: a folder, or an archive of one (.tar.gz)
        submission: PathBuf,
        /// Repeat the fresh values of an earlier grade
        #[arg(long)]
        seed: Option<String>,
    },
    /// The images the course needs
    Images {
        #[command(subcommand)]
        command: ImagesCommand,
    },
    /// Say what is missing, and mend it
    Doctor {
        /// Mend what can be mended, asking first
        #[arg(long)]
        fix: bool,
        /// Do not ask
        #[arg(long, requires = "fix")]
        yes: bool,
    },
    /// Remove what this program left on the engine: never images of the course, files or progress
    Clean,
    /// Print a script that completes commands, lessons and tasks in your shell
    Completions {
        /// Your shell: bash, zsh, fish
        #[arg(value_enum, hide_possible_values = true)]
        shell: Shell,
    },
    /// For authors of courses
    Dev {
        #[command(subcommand)]
        command: DevCommand,
    },
}

/// Which lessons are listed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ListWhich {
    /// Only what is neither done nor skipped
    #[arg(long)]
    pub(crate) todo: bool,
    /// Only what is done
    #[arg(long, conflicts_with = "todo")]
    pub(crate) done: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProgressCommand {
    /// Print the file it is kept in
    Where,
    /// Write it to a new file, or print it
    Export {
        /// The file
        file: Option<PathBuf>,
    },
    /// Add what is in an exported file to it; nothing is lost
    Import {
        /// The file
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Print the variables that make any terminal's docker the sandbox: eval "$(sealegs sandbox env LESSON)"
    Env {
        /// The lesson
        #[arg(add = ArgValueCompleter::new(lessons))]
        lesson: String,
    },
    /// Remove everything that was made in a lesson's sandbox
    Reset {
        /// The lesson
        #[arg(add = ArgValueCompleter::new(lessons))]
        lesson: String,
    },
    /// Serve a sandbox; started by the commands that need it
    #[command(hide = true)]
    Serve {
        /// Its folder
        folder: PathBuf,
    },
    /// Note a command and hand over to it; called by the programs on a sandbox's PATH
    #[command(hide = true)]
    Run {
        /// The sandbox's folder
        folder: PathBuf,
        /// The program and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        words: Vec<OsString>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImagesCommand {
    /// List the course's images and where they are from
    List {
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Pull images from their registries
    Pull {
        #[command(flatten)]
        chosen: Chosen,
        /// A registry with what is on Docker Hub, asked first
        #[arg(long, value_name = "HOST[:PORT]")]
        mirror: Option<String>,
        /// How many images are pulled at once
        #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=16))]
        jobs: u16,
        /// Only say how many pulls a room needs, of how many
        #[arg(long, conflicts_with = "mirror")]
        plan: bool,
        /// How many learners are in the room
        #[arg(long, requires = "plan", default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
        learners: u32,
    },
    /// Make images with no registry, from Debian packages
    Build {
        #[command(flatten)]
        chosen: Chosen,
        /// Make them even if they are there
        #[arg(long)]
        again: bool,
    },
    /// Write images into one file, a kit
    Save {
        /// The file to write
        file: PathBuf,
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Load images from a kit
    Load {
        /// The kit
        file: PathBuf,
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Serve the images to a room, as a mirror of Docker Hub
    Serve {
        /// This machine's address, as learners reach it; port 5000 where none is named
        #[arg(value_name = "ADDRESS[:PORT]", value_parser = address)]
        address: SocketAddr,
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Remove the images that this program made
    Rm {
        #[command(flatten)]
        chosen: Chosen,
        /// Real ones too
        #[arg(long)]
        real: bool,
    },
}

/// An address of this machine with a port.
fn address(text: &str) -> Result<SocketAddr, String> {
    let bare = text
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    let address = match bare {
        Ok(ip) => SocketAddr::new(ip, 5000),
        Err(_) => text.parse().map_err(|_| {
            "name it in digits, such as 192.168.1.10 or 192.168.1.10:5000".to_owned()
        })?,
    };
    let many = match address.ip() {
        IpAddr::V4(ip) => ip.is_multicast() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_multicast(),
    };
    let why = if address.ip().is_unspecified() {
        "name the address that learners reach, not all of them"
    } else if many {
        "name the address of one machine"
    } else if address.port() == 0 {
        "name a port that learners can be told, such as 5000"
    } else {
        return Ok(address);
    };
    Err(why.to_owned())
}

/// Which images a command is about.
#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// The images; all where left out
    #[arg(value_name = "IMAGE", conflicts_with = "lesson", add = ArgValueCompleter::new(images))]
    pub(crate) names: Vec<String>,
    /// The images of this lesson
    #[arg(long = "for", value_name = "LESSON", add = ArgValueCompleter::new(lessons))]
    pub(crate) lesson: Option<String>,
}

/// Many submissions to be graded.
#[derive(Debug, Args)]
pub(crate) struct Many {
    /// The lessons; all where left out
    #[arg(add = ArgValueCompleter::new(lessons))]
    pub(crate) lessons: Vec<String>,
    /// How many submissions are graded at once
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: u16,
    /// Only so many of them, drawn by the seed: of the mistakes, or of the mutants
    #[arg(long, value_name = "N")]
    pub(crate) sample: Option<usize>,
    /// The seed of an earlier sample
    #[arg(long, requires = "sample")]
    pub(crate) seed: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DevCommand {
    /// Prove it: starters fail, solutions pass, checks catch the mistakes
    Check(Many),
    /// Change solutions a little, and see whether the checks notice
    Mutants {
        #[command(flatten)]
        many: Many,
        /// Only name them
        #[arg(long, conflicts_with_all = ["sample", "jobs"])]
        list: bool,
    },
    /// Begin a lesson, proven as it stands, in the course of --course
    New {
        /// Its name
        lesson: String,
    },
    /// Write what learners get: no solutions, no mistakes, no answers
    Pack {
        /// The folder to make
        folder: String,
    },
    /// Run what the lessons show in their console blocks, and compare
    Examples {
        /// The lessons; all where left out
        #[arg(add = ArgValueCompleter::new(lessons))]
        lessons: Vec<String>,
    },
    /// Add the lessons to a book, where mdBook runs this
    Book {
        #[command(subcommand)]
        command: Option<BookCommand>,
    },
    /// Print the JSON Schema of a course's files or of a grade
    Schema {
        /// Which: checks, course, mistake, harmless, lesson, grade
        #[arg(value_enum, default_value_t = SchemaName::Checks, hide_possible_values = true)]
        of: SchemaName,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BookCommand {
    /// Say by the exit code whether a renderer shows what this adds
    Supports {
        /// Its name, as mdBook has it
        renderer: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// checks/LESSON.yaml
    Checks,
    /// lessons/course.yaml
    Course,
    /// lessons/LESSON/mistakes/NAME/mistake.yaml
    Mistake,
    /// lessons/LESSON/harmless.yaml
    Harmless,
    /// The front matter of lessons/LESSON/lesson.md
    Lesson,
    /// A grade, as `grade --format json` writes it
    Grade,
}

/// The shells that scripts are there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// The names of a command and of all below it.
    fn names(command: &clap::Command, above: &[String], found: &mut Vec<Vec<String>>) {
        found.push(above.to_vec());
        for below in command.get_subcommands().filter(|one| !one.is_hide_set()) {
            let name = [above, &[below.get_name().to_owned()]].concat();
            names(below, &name, found);
        }
    }

    #[test]
    fn every_help_fits_a_screen() {
        let mut found = Vec::new();
        names(&Arguments::command(), &["sealegs".to_owned()], &mut found);
        assert!(found.len() > 15);
        for mut words in found {
            words.push("--help".to_owned());
            let command = Arguments::command().term_width(80);
            let help = command.try_get_matches_from(&words).unwrap_err();
            let help = help.render().to_string();
            let lines = help.trim_end().lines().count();
            let widest = help.lines().map(crate::render::width).max();
            assert!(lines <= 23, "{words:?}: {lines} lines\n{help}");
            assert!(widest <= Some(80), "{words:?}: {widest:?} columns\n{help}");
        }
    }

    #[test]
    fn the_help_names_every_command() {
        for command in Arguments::command().get_subcommands() {
            let name = command.get_name();
            let named = HELP.split_whitespace().any(|word| word == name);
            assert!(named || command.is_hide_set(), "{name}");
        }
    }
}
