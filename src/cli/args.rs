//! The command line, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Learn Docker by doing it, on your own engine, in your terminal.
#[derive(Debug, Parser)]
#[command(
    name = "sealegs",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Use the course in this folder instead of the built-in one
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) course: Option<PathBuf>,
    /// The engine, instead of DOCKER_HOST, the docker context or the default socket
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) engine: Option<String>,
    /// Take missing images from this kit first, instead of the one SEALEGS_KIT names
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) kit: Option<PathBuf>,
    /// How results are written
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Whether to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
    /// One column, words for marks, nothing drawn: for screen readers
    #[arg(long, global = true)]
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
        lesson: Option<String>,
    },
    /// Make a workspace with a lesson's starter files, and show the lesson
    Start {
        /// The lesson
        lesson: String,
        /// The folder to make; where left out, your workspace of the lesson, else one of its name
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Look at your work; what passes stays passed
    Check {
        /// The lesson, or one task of it; the lesson of this folder, or the one you are at, where left out
        #[arg(value_name = "LESSON[/TASK]")]
        lesson: Option<String>,
        /// The workspace; where left out, this folder or one above it, else where you work on the lesson
        #[arg(value_name = "DIR")]
        workspace: Option<PathBuf>,
    },
    /// Give the next hint on a task
    Hint {
        /// The task, or its name alone in its workspace; the first open one where left out
        #[arg(value_name = "[LESSON/]TASK")]
        task: Option<String>,
        /// Show the hints that were given before
        #[arg(long)]
        again: bool,
    },
    /// Compare your files with the reference, once the lesson is done
    Solution {
        /// The lesson; the one of this folder, or the one you are at, where left out
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
        lesson: String,
        /// Test out of it: check the work in this folder, and count the lesson if all of it passes
        #[arg(long, value_name = "DIR")]
        test_out: Option<PathBuf>,
    },
    /// Begin a lesson anew; your files are kept aside
    Reset {
        /// The lesson
        #[arg(required_unless_present = "all")]
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
    /// Grade a submission: a fresh, final verdict
    Grade {
        /// The lesson
        lesson: String,
        /// The submission's folder
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
pub(crate) enum ImagesCommand {
    /// List the course's images and where they are from
    List {
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Make images with no registry, from Debian packages
    Build {
        #[command(flatten)]
        chosen: Chosen,
        /// Make them even if they are there
        #[arg(long)]
        again: bool,
    },
    /// Write images into one file, a kit, to carry them where no registry answers
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
}

/// Which images a command is about.
#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// The images; all where left out
    #[arg(value_name = "IMAGE", conflicts_with = "lesson")]
    pub(crate) names: Vec<String>,
    /// The images of this lesson
    #[arg(long = "for", value_name = "LESSON")]
    pub(crate) lesson: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DevCommand {
    /// Prove the course: starters fail, solutions pass, mistakes are caught by the check they name
    Check {
        /// The lessons; all where left out
        lessons: Vec<String>,
        /// How many submissions are graded at once
        #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
        jobs: u16,
    },
    /// Print the JSON Schema of a course's files or of a grade
    Schema {
        /// Which
        #[arg(value_enum, default_value_t = SchemaName::Checks)]
        of: SchemaName,
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
    /// The front matter of lessons/LESSON/lesson.md
    Lesson,
    /// A grade, as `grade --format json` writes it
    Grade,
}
