//! Builds on the real engine, by both builders.

use std::sync::Mutex;

use super::super::testing::Bench;
use super::super::{Parents, PathKind};
use super::*;

const BOTH: [Builder; 2] = [Builder::Classic, Builder::BuildKit];

/// Makes a build's steps its own: nothing before it can have cached them.
fn nonce() -> String {
    format!("{:016x}", rand::random::<u64>())
}

async fn build(bench: &Bench, request: &BuildRequest) -> BuildReport {
    bench.engine.build(request, &|_| {}).await.unwrap()
}

fn request(bench: &Bench, builder: Builder, dockerfile: &str) -> BuildRequest {
    let context = bench.context(&[("Dockerfile", dockerfile), ("file.txt", "hello\n")]);
    let labels = bench.run.labels().into_iter().collect();
    BuildRequest {
        labels,
        run: Some(bench.run.clone()),
        ..BuildRequest::new(context, builder)
    }
}

async fn clean(bench: &Bench, report: &BuildReport) {
    for image in report.created_images.iter().rev() {
        bench
            .engine
            .remove_image(image, Parents::Keep)
            .await
            .unwrap();
    }
    bench.run.end(&bench.engine).await.unwrap();
}

#[tokio::test]
async fn a_good_build_tells_its_steps_and_a_second_one_is_cached() {
    let bench = Bench::new().await;
    for builder in BOTH {
        let tag = bench.run.name("good");
        let dockerfile = format!(
            "FROM BASE AS base\nCOPY file.txt /\nRUN echo made {}; cat /file.txt\nCMD [\"sh\"]\n",
            nonce()
        );
        let request = BuildRequest {
            tag: Some(tag.clone()),
            ..request(&bench, builder, &dockerfile)
        };
        let heard = Mutex::new(String::new());
        let hear =
            |progress: BuildProgress| heard.lock().unwrap().push_str(&format!("{progress:?}\n"));
        let first = bench.engine.build(&request, &hear).await.unwrap();
        assert_eq!(first.error, None, "{first:?}");
        let run = first
            .steps
            .iter()
            .find(|step| step.instruction.starts_with("RUN"))
            .unwrap();
        assert!(
            run.ran && !run.cached && run.log.contains("hello"),
            "{first:?}"
        );
        assert!(run.took.is_some() && !first.imitated);
        assert!(heard.lock().unwrap().contains("hello"));
        let facts = bench.engine.image(&tag).await.unwrap().unwrap();
        assert_eq!(Some(&facts.id), first.image_id.as_ref());
        let label = facts.labels.get("sealegs.run");
        assert_eq!(label.is_some(), builder == Builder::BuildKit);

        let second = build(&bench, &request).await;
        let cached: Vec<bool> = second
            .steps
            .iter()
            .filter(|step| {
                step.instruction.starts_with("RUN") || step.instruction.starts_with("COPY")
            })
            .map(|step| step.cached && !step.ran)
            .collect();
        assert_eq!(cached, [true, true], "{second:?}");
        assert!(second.created_images.is_empty());
        bench
            .engine
            .remove_image(&tag, Parents::Keep)
            .await
            .unwrap();
        clean(&bench, &first).await;
    }
}

#[tokio::test]
async fn a_failing_step_is_named_with_its_exit_code_and_output() {
    let bench = Bench::new().await;
    for builder in BOTH {
        let dockerfile = format!("FROM BASE\nRUN echo why {}; exit 3\nRUN true\n", nonce());
        let report = build(&bench, &request(&bench, builder, &dockerfile)).await;
        let error = report.error.clone().unwrap();
        let BuildErrorKind::Step {
            index,
            exit: Some(3),
        } = error.kind
        else {
            panic!("{report:?}")
        };
        assert!(report.steps[index].log.contains("why"), "{report:?}");
        assert_eq!(report.image_id, None);
        clean(&bench, &report).await;
        bench.assert_no_containers().await;
    }
}

#[tokio::test]
async fn mistakes_in_the_file_are_parse_errors() {
    let bench = Bench::new().await;
    for builder in BOTH {
        let report = build(&bench, &request(&bench, builder, "FROM BASE\nRUNN true\n")).await;
        let kind = report.error.unwrap().kind;
        assert_eq!(kind, BuildErrorKind::Parse { line: Some(2) }, "{builder:?}");
        let missing = BuildRequest {
            dockerfile: "Other".into(),
            ..request(&bench, builder, "FROM BASE\n")
        };
        let report = build(&bench, &missing).await;
        assert_eq!(
            report.error.as_ref().unwrap().kind,
            BuildErrorKind::Context,
            "{report:?}"
        );
        let report = build(
            &bench,
            &request(&bench, builder, "FROM BASE\nCOPY absent /\n"),
        )
        .await;
        let kind = report.error.as_ref().unwrap().kind.clone();
        assert!(
            matches!(kind, BuildErrorKind::Step { exit: None, .. }),
            "{report:?}"
        );
        let target = BuildRequest {
            target: Some("nope".into()),
            ..request(&bench, builder, "FROM BASE\n")
        };
        let report = build(&bench, &target).await;
        assert_eq!(
            report.error.as_ref().unwrap().kind,
            BuildErrorKind::Parse { line: None },
            "{report:?}"
        );
    }
}

#[tokio::test]
async fn a_step_has_no_network() {
    let bench = Bench::new().await;
    for builder in BOTH {
        let dockerfile = format!("FROM BASE\nRUN echo {}; ls /sys/class/net\n", nonce());
        let report = build(&bench, &request(&bench, builder, &dockerfile)).await;
        assert_eq!(report.error, None, "{report:?}");
        assert!(
            report.log.contains("lo") && !report.log.contains("eth0"),
            "{}",
            report.log
        );
        clean(&bench, &report).await;
        if let Some(image) = &report.image_id {
            bench
                .engine
                .remove_image(image, Parents::Keep)
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn a_build_over_its_limit_is_cancelled_on_the_engine_too() {
    let bench = Bench::new().await;
    for builder in BOTH {
        let dockerfile = format!("FROM BASE\nRUN echo {}; sleep 1000\n", nonce());
        let limit = Duration::from_secs(3);
        let request = BuildRequest {
            limit,
            ..request(&bench, builder, &dockerfile)
        };
        let report = build(&bench, &request).await;
        assert_eq!(
            report.error.as_ref().unwrap().kind,
            BuildErrorKind::TimedOut
        );
        assert!(report.took < Duration::from_secs(20));
        bench.assert_no_containers().await;
    }
}

#[tokio::test]
async fn a_step_that_imitates_the_builder_neither_hides_a_step_nor_has_an_image_removed() {
    let bench = Bench::new().await;
    let victim = bench.engine.image(&bench.image).await.unwrap().unwrap().id;
    let short = &victim["sha256:".len()..][..12];
    let dockerfile = format!(
        "FROM BASE\nRUN echo {}; echo ' ---> Using cache'; echo ' ---> {short}'; echo 'Step 3/3 : RUN nice'; sleep 0.2; echo\n\
         RUN echo {}\n",
        nonce(),
        nonce()
    );
    let report = build(&bench, &request(&bench, Builder::Classic, &dockerfile)).await;
    assert!(!report.created_images.contains(&victim));
    assert!(
        report.steps.iter().skip(1).all(|step| !step.cached),
        "{report:?}"
    );
    assert!(
        report.steps[2].instruction.starts_with("RUN echo"),
        "{report:?}"
    );
    clean(&bench, &report).await;
}

#[tokio::test]
async fn layers_tell_what_each_instruction_added_and_hid() {
    let bench = Bench::new().await;
    for builder in BOTH {
        let dockerfile = format!(
            "FROM BASE\nRUN echo {} > /secret && chmod 4755 /secret\nENV A=b\nRUN rm /secret && mkdir /d\n",
            nonce()
        );
        let report = build(&bench, &request(&bench, builder, &dockerfile)).await;
        let id = report.image_id.clone().unwrap();
        let layers = bench.engine.layers(&id).await.unwrap();
        let diff_ids: Vec<&str> = layers.iter().map(|layer| layer.diff_id.as_str()).collect();
        assert_eq!(
            diff_ids,
            bench.engine.image(&id).await.unwrap().unwrap().layers
        );
        assert_eq!(layers.len(), 3, "{builder:?}");
        assert!(
            layers[1].created_by.contains("> /secret"),
            "{}",
            layers[1].created_by
        );
        let added = layers[1]
            .entries
            .iter()
            .find(|entry| entry.path == "/secret")
            .unwrap();
        assert_eq!(
            (added.kind, added.mode, added.size),
            (PathKind::File, 0o4755, 17)
        );
        assert_eq!(layers[1].size, 17);
        let hidden = layers[2]
            .entries
            .iter()
            .find(|entry| entry.path == "/secret")
            .unwrap();
        assert!(hidden.whiteout);
        bench.engine.remove_image(&id, Parents::Keep).await.unwrap();
        clean(&bench, &report).await;
    }
}

#[tokio::test]
async fn what_a_crashed_build_left_is_swept() {
    let bench = Bench::new().await;
    let dockerfile = format!("FROM BASE\nRUN echo {}\nRUN exit 1\n", nonce());
    let mut request = request(&bench, Builder::Classic, &dockerfile);
    let dead = Run::with_records(bench.folder.path().join("runs")).died();
    request.run = Some(dead.clone());
    let report = build(&bench, &request).await;
    assert_eq!(report.created_images.len(), 1, "{report:?}");
    let left = &report.created_images[0];
    assert!(bench.engine.image(left).await.unwrap().is_some());
    bench.run.sweep(&bench.engine).await.unwrap();
    assert_eq!(bench.engine.image(left).await.unwrap(), None);
    let record = bench.folder.path().join("runs").join(&dead.id);
    assert!(!record.exists());
}

#[tokio::test]
async fn a_run_takes_the_images_it_made_and_leaves_what_it_found() {
    let bench = Bench::new().await;
    let dockerfile = format!("FROM BASE\nRUN echo {}\nCMD [\"true\"]\n", nonce());
    let tagged = |run: &Run| BuildRequest {
        tag: Some(run.name("image-1")),
        run: Some(run.clone()),
        ..request(&bench, Builder::Classic, &dockerfile)
    };
    let records = bench.folder.path().join("runs");
    let [first, second] = [(); 2].map(|()| Run::with_records(records.clone()));
    let report = build(&bench, &tagged(&first)).await;
    let id = report.image_id.clone().unwrap();
    assert_eq!(report.created_images.len(), 2, "{report:?}");
    let again = build(&bench, &tagged(&second)).await;
    assert_eq!(
        (again.image_id.as_ref(), again.created_images.len()),
        (Some(&id), 0)
    );

    // Whoever ends first takes nothing from the other; whoever ends last takes what was made.
    first.end(&bench.engine).await.unwrap();
    let left = bench.engine.image(&id).await.unwrap().unwrap();
    assert_eq!(left.tags, [format!("{}:latest", second.name("image-1"))]);
    second.end(&bench.engine).await.unwrap();
    for made in &report.created_images {
        assert_eq!(bench.engine.image(made).await.unwrap(), None);
    }
    assert_eq!(std::fs::read_dir(&records).unwrap().count(), 0);

    // What was there before, and belongs to nobody's record, stays as it was: here without a tag.
    let theirs = BuildRequest {
        run: None,
        ..tagged(&first)
    };
    let theirs = build(
        &bench,
        &BuildRequest {
            tag: None,
            ..theirs
        },
    )
    .await;
    let id = theirs.image_id.clone().unwrap();
    let ours = build(&bench, &tagged(&second)).await;
    assert_eq!(ours.image_id.as_ref(), Some(&id));
    second.end(&bench.engine).await.unwrap();
    let left = bench.engine.image(&id).await.unwrap().unwrap();
    assert_eq!(left.tags, Vec::<String>::new());
    bench.assert_no_containers().await;
    clean(&bench, &theirs).await;
}
