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
    /// List the lessons
    List,
    /// Read a lesson
    Read {
        /// The lesson
        lesson: String,
    },
    /// Make a workspace with a lesson's starter files
    Start {
        /// The lesson
        lesson: String,
        /// The folder to make; the lesson's name where left out
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Check a workspace, with hints
    Check {
        /// The lesson, or one task of it: LESSON/TASK
        #[arg(value_name = "LESSON[/TASK]")]
        lesson: String,
        /// The workspace; where left out, the folder named like the lesson, else this one
        #[arg(value_name = "DIR")]
        workspace: Option<PathBuf>,
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
