//! Code in colour: one small lexer a language that lessons show. It never changes a character, and never fails:
//! what it does not know stays plain.

mod data;
mod dockerfile;
mod program;
mod scan;
mod shell;

use scan::{Pieces, Scan};

use super::{Role, Span};

/// The pieces of a code block, each with its look, by the first word of the block's info string.
pub(super) fn highlighted(info: &str, code: &str) -> Vec<Span> {
    let mut pieces = Pieces::default();
    match info.split([' ', ',', '{']).next().unwrap_or_default() {
        "dockerfile" | "Dockerfile" | "docker" => dockerfile::file(code, &mut pieces),
        "yaml" | "yml" => data::yaml(code, &mut pieces),
        "json" => data::json(code, &mut pieces),
        "sh" | "shell" | "bash" => shell::script(code, &mut pieces),
        "console" => shell::console(code, &mut pieces),
        "python" | "py" => program::program(&program::PYTHON, code, &mut pieces),
        "go" => program::program(&program::GO, code, &mut pieces),
        "js" | "javascript" => program::program(&program::JAVASCRIPT, code, &mut pieces),
        _ => Scan::new(code, &mut pieces).take_while(Role::Plain, |_| true),
    }
    pieces.into_spans()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces with a look, as `look:text`.
    fn looks(info: &str, code: &str) -> Vec<String> {
        let spans = highlighted(info, code);
        let whole: String = spans.iter().map(Span::text).collect();
        assert_eq!(whole, code, "painting changes nothing");
        let role = |span: &Span| match span.role() {
            Role::Keyword => Some("keyword"),
            Role::Literal => Some("literal"),
            Role::Accent => Some("accent"),
            Role::Strong => Some("strong"),
            Role::Dim => Some("dim"),
            _ => None,
        };
        spans
            .iter()
            .filter_map(|span| Some(format!("{}:{}", role(span)?, span.text())))
            .collect()
    }

    #[test]
    fn a_dockerfile_shows_instructions_flags_and_what_they_run() {
        let code = "# base\nFROM golang:1.24 AS build\nCOPY --from=build /a /b\nRUN make \\\n  # why\n  --all && echo \"$X\"\nCMD [\"python\", \"app.py\"]\nENV A=$B\n";
        assert_eq!(
            looks("dockerfile", code),
            [
                "dim:# base",
                "keyword:FROM",
                "keyword:AS",
                "keyword:COPY",
                "accent:--from=build",
                "keyword:RUN",
                "strong:make",
                "dim:# why",
                "accent:--all",
                "strong:echo",
                "literal:\"$X\"",
                "keyword:CMD",
                "literal:\"python\"",
                "literal:\"app.py\"",
                "keyword:ENV",
                "accent:$B",
            ]
        );
    }

    #[test]
    fn a_here_document_belongs_to_its_instruction() {
        let code = "RUN <<EOF\nFROM is no instruction here\nEOF\nUSER app\n";
        assert_eq!(
            looks("dockerfile", code),
            [
                "keyword:RUN",
                "literal:FROM is no instruction here",
                "keyword:USER"
            ]
        );
    }

    #[test]
    fn a_session_keeps_what_is_typed_apart_from_what_is_printed() {
        let code = "$ docker run \\\n>   web\nFROM $ 5\n$ true\n";
        assert_eq!(
            looks("console", code),
            [
                "dim:$ ",
                "accent:docker run \\",
                "dim:> ",
                "accent:  web",
                "dim:$ ",
                "accent:true"
            ]
        );
    }

    #[test]
    fn a_script_shows_commands_options_and_texts() {
        assert_eq!(
            looks(
                "sh",
                "docker stop -t 1 $(docker ps -q) # all\nif true; then A=1 echo 'it'; fi\n"
            ),
            [
                "strong:docker",
                "accent:-t",
                "strong:docker",
                "accent:-q",
                "dim:# all",
                "keyword:if",
                "strong:true",
                "keyword:then",
                "strong:echo",
                "literal:'it'",
                "keyword:fi",
            ]
        );
    }

    #[test]
    fn yaml_shows_keys_words_and_text_blocks() {
        let code = "services:\n  web: # one\n    image: \"nginx:1.29\"\n    ports: [8080:80, 9090]\n    init: true\n    script: |\n      key: no\n\n    tty: x\n";
        assert_eq!(
            looks("yaml", code),
            [
                "accent:services",
                "accent:web",
                "dim:# one",
                "accent:image",
                "literal:\"nginx:1.29\"",
                "accent:ports",
                "keyword:9090",
                "accent:init",
                "keyword:true",
                "accent:script",
                "keyword:|",
                "literal:      key: no",
                "accent:tty",
            ]
        );
    }

    #[test]
    fn json_shows_keys_apart_from_texts() {
        assert_eq!(
            looks("json", "{\"a\": [1, \"b\", null]}"),
            ["accent:\"a\"", "keyword:1", "literal:\"b\"", "keyword:null"]
        );
    }

    #[test]
    fn programs_show_keywords_texts_and_comments() {
        assert_eq!(
            looks(
                "python",
                "def f():\n    \"\"\"two\n    lines\"\"\"\n    return 'x' # y\n"
            ),
            [
                "keyword:def",
                "literal:\"\"\"two\n    lines\"\"\"",
                "keyword:return",
                "literal:'x'",
                "dim:# y",
            ]
        );
        assert_eq!(
            looks("go", "func main() { s := `a\nb` } // c"),
            ["keyword:func", "literal:`a\nb`", "dim:// c"]
        );
    }

    #[test]
    fn no_code_however_broken_is_changed_or_stops_it() {
        let pieces = [
            "\"",
            "'",
            "`",
            "\"\"\"",
            "\\",
            "$",
            "${",
            "$(",
            "<<",
            "<<EOF\n",
            "#",
            "\n",
            "|",
            ":",
            "- ",
            "[",
            "{",
            "RUN",
            " ",
            "--",
            "é",
            "日本",
            "= ",
            "&",
            "$ ",
            "> ",
            "EOF",
            "HEALTHCHECK ",
        ];
        let languages = [
            "dockerfile",
            "yaml",
            "json",
            "sh",
            "console",
            "python",
            "go",
            "js",
            "",
        ];
        let mut state = 7_u64;
        for _ in 0..3000 {
            let mut code = String::new();
            for _ in 0..12 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                code.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            for language in languages {
                looks(language, &code);
            }
        }
    }
}
