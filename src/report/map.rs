//! A sandbox as a picture: networks with the containers on them, the ports that lead into them, and volumes.

use serde_json::json;

use crate::outcome::{Picture, PicturedContainer, PicturedMount};
use crate::render::{Glyphs, Indent, Role, Span, Style, chunked, width, wrapped};
use crate::text::{count, inert_line, list, tick};

/// The version of the picture's JSON shape.
const VERSION: u32 = 1;

/// Between two boxes of a row.
const GAP: usize = 2;

/// A box is no narrower than this, where there is room.
const NARROWEST: usize = 16;

/// The picture as JSON.
pub fn json(lesson: &str, picture: &Picture) -> String {
    let whole = json!({
        "version": VERSION,
        "lesson": lesson,
        "containers": picture.containers,
        "networks": picture.networks,
        "volumes": picture.volumes,
    });
    let text = serde_json::to_string_pretty(&whole).expect("plain values are JSON");
    format!("{text}\n")
}

/// The picture, no wider than the terminal.
pub fn map(picture: &Picture, style: &Style) -> String {
    let mut out = String::new();
    if picture.containers.is_empty() {
        out.push_str(&line(&[Span::plain("no containers")], style));
    }
    let mut shown: Vec<&str> = Vec::new();
    for network in &picture.networks {
        let on = |it: &&PicturedContainer| it.networks.contains(&network.name);
        let containers: Vec<&PicturedContainer> = picture.containers.iter().filter(on).collect();
        let about = match network.subnets.is_empty() {
            true => String::new(),
            false => format!(" {} {}", style.glyphs.dot(), network.subnets.join(", ")),
        };
        begin(&mut out, "network", &network.name, &about, style);
        place(&mut out, &containers, &mut shown, style);
    }
    let alone: Vec<&PicturedContainer> = picture
        .containers
        .iter()
        .filter(|it| !shown.contains(&it.name.as_str()))
        .collect();
    if !alone.is_empty() {
        begin(&mut out, "on", "no network", "", style);
        place(&mut out, &alone, &mut shown, style);
    }
    if !picture.volumes.is_empty() && !out.is_empty() {
        out.push('\n');
    }
    for volume in &picture.volumes {
        let mut said = vec![
            Span::plain("volume "),
            Span::new(Role::Strong, &inert_line(volume)),
        ];
        let used = users(picture, volume);
        said.push(Span::new(
            Role::Dim,
            &match used.is_empty() {
                true => format!(" {} no container uses it", style.glyphs.dot()),
                false => format!(" {} {}", style.glyphs.dot(), used.join(", ")),
            },
        ));
        out.push_str(&line(&said, style));
    }
    out
}

/// Which containers use a volume, and where.
fn users(picture: &Picture, volume: &str) -> Vec<String> {
    let mut used = Vec::new();
    for container in &picture.containers {
        for mount in &container.mounts {
            if mount.kind == "volume" && mount.source == volume {
                let (name, at) = (inert_line(&container.name), inert_line(&mount.at));
                used.push(format!("{name}:{at}"));
            }
        }
    }
    used
}

fn begin(out: &mut String, what: &str, name: &str, about: &str, style: &Style) {
    if !out.is_empty() {
        out.push('\n');
    }
    let said = [
        Span::plain(&format!("{what} ")),
        Span::new(Role::Strong, &inert_line(name)),
        Span::new(Role::Dim, &inert_line(about)),
    ];
    out.push_str(&line(&said, style));
}

fn line(spans: &[Span], style: &Style) -> String {
    let indent = Indent {
        first: "",
        rest: "  ",
    };
    wrapped(spans, indent, style)
}

/// Puts a network's containers: boxes side by side, or sentences where nothing is drawn. One that was put before is only
/// named.
fn place<'p>(
    out: &mut String,
    containers: &[&'p PicturedContainer],
    shown: &mut Vec<&'p str>,
    style: &Style,
) {
    let (again, fresh): (Vec<&PicturedContainer>, Vec<&PicturedContainer>) = containers
        .iter()
        .partition(|it| shown.contains(&it.name.as_str()));
    match style.glyphs {
        Glyphs::Words => {
            for container in &fresh {
                let said = Span::plain(&sentence(container));
                out.push_str(&wrapped(&[said], Indent::all("  "), style));
            }
        }
        Glyphs::Unicode | Glyphs::Ascii => out.push_str(&rows(&fresh, style)),
    }
    if !again.is_empty() {
        let names: Vec<&str> = again.iter().map(|it| it.name.as_str()).collect();
        let are = if names.len() == 1 { "is" } else { "are" };
        let also = format!("{} {are} on it too", inert_line(&list(&names)));
        out.push_str(&wrapped(&[Span::plain(&also)], Indent::all("  "), style));
    }
    if containers.is_empty() {
        let none = [Span::new(Role::Dim, "no container is on it")];
        out.push_str(&wrapped(&none, Indent::all("  "), style));
    }
    shown.extend(fresh.iter().map(|it| it.name.as_str()));
}

/// A container in words.
fn sentence(container: &PicturedContainer) -> String {
    let mut parts = vec![format!(
        "container {}, {}, of {}",
        tick(&container.name),
        container.state,
        tick(&container.image)
    )];
    for port in &container.ports {
        parts.push(format!(
            "{} leads to its port {}",
            port.host, port.container
        ));
    }
    parts.extend(container.mounts.iter().map(mount));
    inert_line(&parts.join("; ")).into_owned()
}

fn mount(mount: &PicturedMount) -> String {
    match mount.source.as_str() {
        "" => format!("{} at {}", mount.kind, mount.at),
        source => format!("{} {source} at {}", mount.kind, mount.at),
    }
}

/// What stands in a container's box, from its title on.
fn told(container: &PicturedContainer, style: &Style) -> Vec<String> {
    let arrow = style.glyphs.either("→", "->");
    let dot = style.glyphs.dot();
    let mut told = vec![
        format!("{} {dot} {}", container.name, container.state),
        container.image.clone(),
    ];
    for port in &container.ports {
        told.push(format!("{} {arrow} {}", port.host, port.container));
    }
    told.extend(container.mounts.iter().map(mount));
    told.iter()
        .map(|text| inert_line(text).into_owned())
        .collect()
}

/// Boxes, as many in a row as fit.
fn rows(containers: &[&PicturedContainer], style: &Style) -> String {
    let most = style.width.saturating_sub(2).max(NARROWEST);
    let mut out = String::new();
    let mut row: Vec<Vec<String>> = Vec::new();
    let mut used = 0;
    for container in containers {
        let drawn = boxed(&told(container, style), most, style);
        let wide = width(&drawn[0]);
        if used > 0 && used + GAP + wide > most {
            put(&mut out, &row);
            row.clear();
            used = 0;
        }
        used += wide + if used > 0 { GAP } else { 0 };
        row.push(drawn);
    }
    put(&mut out, &row);
    out
}

/// One box, as lines of the same width. What is too long for a line goes on in the next.
fn boxed(told: &[String], most: usize, style: &Style) -> Vec<String> {
    let natural = told.iter().map(|text| width(text)).max().unwrap_or(0);
    let inner = natural.clamp(NARROWEST - 4, most.saturating_sub(4).max(1));
    let plain = Style {
        width: inner,
        ..Style::default()
    };
    let [flat, down, corners] = match style.glyphs {
        Glyphs::Unicode => ["─", "│", "┌┐└┘"],
        Glyphs::Ascii | Glyphs::Words => ["-", "|", "++++"],
    };
    let corners: Vec<char> = corners.chars().collect();
    let edge = |left: char, right: char| format!("{left}{}{right}", flat.repeat(inner + 2));
    let mut lines = vec![edge(corners[0], corners[1])];
    for text in told {
        let pieces = chunked(&[Span::plain(text)], Indent::default(), &plain);
        for piece in pieces.lines() {
            let pad = " ".repeat(inner.saturating_sub(width(piece)));
            lines.push(format!("{down} {piece}{pad} {down}"));
        }
    }
    lines.push(edge(corners[2], corners[3]));
    lines
}

/// Puts boxes side by side.
fn put(out: &mut String, row: &[Vec<String>]) {
    let height = row.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..height {
        let mut line = String::from("  ");
        for (index, lines) in row.iter().enumerate() {
            if index > 0 {
                line.push_str(&" ".repeat(GAP));
            }
            match lines.get(at) {
                Some(part) => line.push_str(part),
                None => line.push_str(&" ".repeat(width(&lines[0]))),
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// What there is, in a line: for a place too small for the picture.
pub fn in_a_line(picture: &Picture) -> String {
    let running = picture.containers.iter().filter(|it| it.running).count();
    let of = picture.containers.len();
    format!("{running} of {} running", count(of, "container"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{PicturedNetwork, PicturedPort};

    fn container(name: &str, image: &str, networks: &[&str]) -> PicturedContainer {
        PicturedContainer {
            name: name.to_owned(),
            image: image.to_owned(),
            state: "running".to_owned(),
            running: true,
            networks: networks.iter().map(|name| (*name).to_owned()).collect(),
            ..PicturedContainer::default()
        }
    }

    fn picture() -> Picture {
        let mut web = container("web", "nginx:1.26", &["bridge", "shop"]);
        web.ports.push(PicturedPort {
            host: "127.0.0.1:8080".to_owned(),
            container: "80/tcp".to_owned(),
        });
        let mut db = container("db", "postgres:17", &["shop"]);
        db.mounts.push(PicturedMount {
            kind: "volume".to_owned(),
            source: "data".to_owned(),
            at: "/var/lib/postgresql/data".to_owned(),
        });
        let mut job = container("job\x1b[2J", "busybox:1.37", &[]);
        job.state = "exited (1)".to_owned();
        job.running = false;
        let network = |name: &str, subnets: &[&str]| PicturedNetwork {
            name: name.to_owned(),
            subnets: subnets.iter().map(|it| (*it).to_owned()).collect(),
        };
        Picture {
            containers: vec![web, db, job],
            networks: vec![
                network("bridge", &["172.17.0.0/16"]),
                network("shop", &[]),
                network("spare", &[]),
            ],
            volumes: vec!["data".to_owned(), "old".to_owned()],
        }
    }

    fn at(width: usize, glyphs: Glyphs) -> String {
        let style = Style {
            width,
            glyphs,
            ..Style::default()
        };
        map(&picture(), &style)
    }

    #[test]
    fn networks_hold_their_containers_and_volumes_say_who_uses_them() {
        insta::assert_snapshot!(at(80, Glyphs::Unicode), @r"
        network bridge · 172.17.0.0/16
          ┌─────────────────────────┐
          │ web · running           │
          │ nginx:1.26              │
          │ 127.0.0.1:8080 → 80/tcp │
          └─────────────────────────┘

        network shop
          ┌─────────────────────────────────────────┐
          │ db · running                            │
          │ postgres:17                             │
          │ volume data at /var/lib/postgresql/data │
          └─────────────────────────────────────────┘
          `web` is on it too

        network spare
          no container is on it

        on no network
          ┌─────────────────────────┐
          │ job\x1b[2J · exited (1) │
          │ busybox:1.37            │
          └─────────────────────────┘

        volume data · db:/var/lib/postgresql/data
        volume old · no container uses it
        ");
    }

    #[test]
    fn boxes_stand_side_by_side_and_what_is_too_long_goes_on_below() {
        let mut picture = picture();
        picture.networks.truncate(1);
        picture.volumes.clear();
        for container in &mut picture.containers {
            container.networks = vec!["bridge".to_owned()];
        }
        let at = |width| {
            let style = Style {
                width,
                glyphs: Glyphs::Ascii,
                ..Style::default()
            };
            map(&picture, &style)
        };
        insta::assert_snapshot!(at(80), @r"
        network bridge - 172.17.0.0/16
          +--------------------------+  +-----------------------------------------+
          | web - running            |  | db - running                            |
          | nginx:1.26               |  | postgres:17                             |
          | 127.0.0.1:8080 -> 80/tcp |  | volume data at /var/lib/postgresql/data |
          +--------------------------+  +-----------------------------------------+
          +-------------------------+
          | job\x1b[2J - exited (1) |
          | busybox:1.37            |
          +-------------------------+
        ");
        assert!(
            at(40).contains("| /data                              |"),
            "{}",
            at(40)
        );
    }

    #[test]
    fn for_a_screen_reader_it_is_said() {
        let said = at(200, Glyphs::Words);
        let db =
            "container `db`, running, of `postgres:17`; volume data at /var/lib/postgresql/data";
        let web =
            "container `web`, running, of `nginx:1.26`; 127.0.0.1:8080 leads to its port 80/tcp";
        for part in [db, web, "`web` is on it too"] {
            assert!(said.contains(part), "{said}");
        }
        assert!(!said.contains(['|', '+', '┌']), "{said}");
    }

    #[test]
    fn nothing_is_wider_than_the_terminal_and_nothing_is_left_out() {
        for columns in [40, 50, 60, 80, 120, 200] {
            for glyphs in [Glyphs::Unicode, Glyphs::Ascii, Glyphs::Words] {
                let text = at(columns, glyphs);
                for line in text.lines() {
                    assert!(width(line) <= columns, "{columns}: {line}");
                }
                assert!(!text.contains('\x1b'));
                let words: String = text.split_whitespace().collect();
                for part in ["web", "db", "job", "127.0.0.1:8080", "data", "spare"] {
                    assert!(words.contains(part), "{part} in {text}");
                }
            }
        }
    }

    #[test]
    fn an_empty_sandbox_is_said_to_be_empty() {
        let empty = Picture::default();
        assert_eq!(map(&empty, &Style::default()), "no containers\n");
        assert_eq!(in_a_line(&empty), "0 of 0 containers running");
    }
}
