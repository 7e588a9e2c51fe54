//! The thin binary: hands the arguments over and returns the exit code.

fn main() -> std::process::ExitCode {
    sealegs::cli::run(std::env::args_os()).into()
}
