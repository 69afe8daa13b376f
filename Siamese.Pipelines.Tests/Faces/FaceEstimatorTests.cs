using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Onnx;
using static Siamese.Pipelines.Tests.Faces.DrawnFaces;

namespace Siamese.Pipelines.Tests.Faces;

public sealed class FaceEstimatorTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly DrawnFaceDetector _detector = new();

    [OneTimeTearDown]
    public void DisposeDetector() => _detector.Dispose();

    [Test]
    public void Boxes_scores_and_landmarks_stand_in_the_rows_of_their_pictures()
    {
        DrawnRow[] rows = [new() { Image = Image(1, (2, 1, 128, 4), (7, 5, 64, 3)) }, new() { Image = Image(2) }, new() { Image = Image(3, (0, 0, 192, 2)) }];
        using FaceTransformer detector = _ml.MetricLearning.DetectFaces(_detector, options: new() { Selection = FaceSelection.All }).Fit(View(rows));

        IDataView found = detector.Transform(View(rows));

        Assert.That(Vectors(found, "Boxes"), Is.EqualTo(new float[][] { [2, 1, 4, 4, 7, 5, 3, 3], [], [0, 0, 2, 2] }));
        Assert.That(Vectors(found, "Scores"), Is.EqualTo(new float[][] { [0.5f, 0.25f], [], [0.75f] }));
        Assert.That(Vectors(found, "Landmarks")[2], Is.EqualTo(new float[] { 1, 1, 3, 1, 2, 2, 1, 3, 3, 3 }));
        Assert.That(Vectors(found, "Landmarks")[0], Has.Length.EqualTo(20));
    }

    [Test]
    public void The_first_rows_look_at_hardly_more_pictures_than_their_own()
    {
        using var counting = new CountingDetector(_detector);
        using FaceTransformer detector = _ml.MetricLearning.DetectFaces(counting, options: new() { Scoring = new() { MaxDegreeOfParallelism = int.MaxValue } }).Fit(View(Rows(60)));
        IDataView found = detector.Transform(View(Rows(60)));
        using (DataViewRowCursor cursor = found.GetRowCursor(found.Schema))
        {
            Assert.That(cursor.MoveNext(), Is.True);
            Assert.That(counting.Pictures, Is.EqualTo(1));
            Assert.That(cursor.MoveNext(), Is.True);
        }

        Assert.That(counting.Pictures, Is.AtMost(3));
    }

    [Test]
    public void Detecting_aligning_and_embedding_by_turns_gives_what_the_whole_chain_gives(
        [Values(0, 1, 7, 50)] int count, [Values(1, 2, 5)] int parallel)
    {
        DrawnRow[] rows = Rows(count);
        FaceModel model = Model();
        var options = new FaceOptions { Scoring = new() { MaxDegreeOfParallelism = parallel } };
        IEstimator<ITransformer> byTurns = _ml.MetricLearning.DetectFaces(_detector, options: options)
            .Append(_ml.MetricLearning.AlignFaces("Chip", Template, options: options))
            .Append(_ml.MetricLearning.EmbedImages("Embedding", model.Embedding, "Chip"));
        using FaceTransformer whole = _ml.MetricLearning.EmbedFaces("Embedding", _detector, model, "Image", options).Fit(View(rows));

        float[][] expected = SmallNetwork.Embeddings(byTurns.Fit(View(rows)).Transform(View(rows)));
        float[][] found = SmallNetwork.Embeddings(whole.Transform(View(rows)));

        Assert.That(found, Has.Length.EqualTo(count));
        Assert.That(found, Is.EqualTo(expected));
        Assert.That(found, Is.EqualTo(rows.Select((_, i) => SmallNetwork.Embed(Chip(Pixels(i, (i % 5, i % 4, 200, 4)), i % 5, i % 4)))));
    }

    [Test]
    public void The_other_columns_stay_beside_the_embedding_and_cursor_sets_give_every_row_once()
    {
        DrawnRow[] rows = Rows(40);
        using FaceTransformer embedder = _ml.MetricLearning.EmbedFaces("Embedding", _detector, Model(), "Image").Fit(View(rows));
        IDataView embedded = embedder.Transform(View(rows));
        float[][] alone = SmallNetwork.Embeddings(embedded);

        var found = new Dictionary<string, float[]>();
        foreach (DataViewRowCursor cursor in embedded.GetRowCursorSet([embedded.Schema["Name"], embedded.Schema["Embedding"], embedded.Schema["Image"]], 3))
        {
            using (cursor)
            {
                ValueGetter<ReadOnlyMemory<char>> name = cursor.GetGetter<ReadOnlyMemory<char>>(embedded.Schema["Name"]);
                ValueGetter<VBuffer<float>> embedding = cursor.GetGetter<VBuffer<float>>(embedded.Schema["Embedding"]);
                while (cursor.MoveNext())
                {
                    ReadOnlyMemory<char> text = default;
                    VBuffer<float> vector = default;
                    name(ref text);
                    embedding(ref vector);
                    found.Add(text.ToString(), [.. vector.DenseValues()]);
                }

                Assert.That(cursor.MoveNext(), Is.False);
            }
        }

        Assert.That(rows.Select(row => found[row.Name]), Is.EqualTo(alone));
    }

    [Test]
    public void A_prediction_engine_embeds_as_a_view_does()
    {
        DrawnRow[] rows = Rows(3);
        using FaceTransformer embedder = _ml.MetricLearning.EmbedFaces("Embedding", _detector, Model(), "Image").Fit(View(rows));
        float[][] expected = SmallNetwork.Embeddings(embedder.Transform(View(rows)));

        using PredictionEngine<DrawnRow, Embedded> engine = _ml.Model.CreatePredictionEngine<DrawnRow, Embedded>(embedder);

        Assert.That(rows.Select(row => engine.Predict(row).Embedding), Is.EqualTo(expected));
    }

    [Test]
    public void A_picture_without_a_face_is_marked_and_can_be_filtered_out()
    {
        DrawnRow[] rows = [new() { Image = Image(1, (2, 1, 128, 4)) }, new() { Image = Image(2) }, new() { Image = null }];
        using FaceTransformer embedder = _ml.MetricLearning.EmbedFaces("Embedding", _detector, Model(), "Image").Fit(View(rows));

        IDataView found = embedder.Transform(View(rows));

        Assert.That(SmallNetwork.Embeddings(found)[0], Has.All.Not.NaN);
        Assert.That(SmallNetwork.Embeddings(found)[1], Is.EqualTo(new[] { float.NaN, float.NaN, float.NaN }));
        Assert.That(SmallNetwork.Embeddings(found)[2], Has.All.NaN);
        Assert.That(SmallNetwork.Embeddings(_ml.Data.FilterRowsByMissingValues(found, "Embedding")), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_picture_without_a_face_is_embedded_whole_where_the_options_say_so()
    {
        DrawnRow[] rows = [new() { Image = Image(2) }];
        FaceModel model = Model();
        var options = new FaceOptions { NoFace = NoFacePolicy.WholeImage };
        using FaceTransformer embedder = _ml.MetricLearning.EmbedFaces("Embedding", _detector, model, "Image", options).Fit(View(rows));
        using MLImage chip = new FaceAligner(Template).Whole(rows[0].Image!);
        using Pipelines.Embeddings.ImageEmbedder network = model.Embedding.CreateEmbedder();

        Assert.That(SmallNetwork.Embeddings(embedder.Transform(View(rows)))[0], Is.EqualTo(network.Embed(chip)));
    }

    [Test]
    public void A_picture_without_a_face_is_an_error_where_the_options_say_so()
    {
        DrawnRow[] rows = [.. Rows(5), new() { Image = Image(2) }, .. Rows(5)];
        var options = new FaceOptions { NoFace = NoFacePolicy.Throw };
        using FaceTransformer embedder = _ml.MetricLearning.EmbedFaces("Embedding", _detector, Model(), "Image", options).Fit(View(rows));
        using FaceTransformer detector = _ml.MetricLearning.DetectFaces(_detector, options: options).Fit(View(rows));

        Assert.That(
            () => SmallNetwork.Embeddings(embedder.Transform(View(rows))),
            Throws.InvalidOperationException.With.Message.Contains("of row 5").And.Message.Contains("no face").And.Message.Contains("Mark or WholeImage"));
        Assert.That(() => Vectors(detector.Transform(View(rows)), "Boxes"), Throws.InvalidOperationException.With.Message.Contains("of row 5"));
    }

    [Test]
    public void Files_are_read_upright_and_bad_ones_are_marked_without_ending_the_batch()
    {
        using var folder = new TemporaryFolder();
        string good = folder.File("good.png");
        using (MLImage image = Image(1, (2, 1, 128, 4)))
        {
            image.Save(good);
        }

        PathRow[] rows =
        [
            new() { Path = good }, new() { Path = folder.Write("empty.jpg", []) }, new() { Path = folder.File("missing.jpg") },
            new() { Path = "" }, new() { Path = folder.Write("text.png", "no image"u8) }, new() { Path = good },
        ];
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        var warnings = new List<string>();
        var ml = new MLContext(seed: 1);
        ml.Log += (_, entry) =>
        {
            lock (warnings)
            {
                warnings.Add(entry.Message);
            }
        };
        using FaceTransformer embedder = ml.MetricLearning.EmbedFaces("Embedding", _detector, Model(), "Path").Fit(view);

        float[][] found = SmallNetwork.Embeddings(embedder.Transform(view));

        float[] expected = SmallNetwork.Embed(Chip(Pixels(1, (2, 1, 128, 4)), 2, 1));
        Assert.That(found[0], Is.EqualTo(expected));
        Assert.That(found[5], Is.EqualTo(expected));
        Assert.That(found[1..5].SelectMany(embedding => embedding), Has.All.NaN);
        Assert.That(warnings, Has.Some.Contains("empty.jpg").And.Some.Contains("missing.jpg").And.Some.Contains("text.png").And.Some.Contains("no path in row 3"));
    }

    [Test]
    public void A_bad_file_is_an_error_that_names_it_where_the_options_say_so()
    {
        using var folder = new TemporaryFolder();
        IDataView view = _ml.Data.LoadFromEnumerable(new[] { new PathRow { Path = folder.Write("empty.jpg", []) } });
        var options = new FaceOptions { BadImage = BadImagePolicy.Throw };
        using FaceTransformer embedder = _ml.MetricLearning.EmbedFaces("Embedding", _detector, Model(), "Path", options).Fit(view);

        Assert.That(
            () => SmallNetwork.Embeddings(embedder.Transform(view)),
            Throws.InvalidOperationException.With.Message.Contains("empty.jpg").And.Message.Contains("is empty").And.InnerException.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Aligning_without_landmarks_gives_no_image_the_whole_one_or_an_error()
    {
        DrawnRow[] rows = [new() { Image = Image(2) }];
        IDataView detected = _ml.MetricLearning.DetectFaces(_detector).Fit(View(rows)).Transform(View(rows));
        MLImage?[] Align(NoFacePolicy policy)
        {
            IDataView aligned = _ml.MetricLearning.AlignFaces("Chip", Template, options: new() { NoFace = policy }).Fit(detected).Transform(detected);
            return [.. aligned.GetColumn<MLImage>("Chip")];
        }

        Assert.That(Align(NoFacePolicy.Mark), Is.EqualTo(new MLImage?[] { null }));
        Assert.That(Align(NoFacePolicy.WholeImage)[0]!.Width, Is.EqualTo(4));
        Assert.That(() => Align(NoFacePolicy.Throw), Throws.InvalidOperationException.With.Message.Contains("no face"));
    }

    [Test]
    public void Columns_of_another_type_are_refused()
    {
        IDataView numbers = _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(1));
        DrawnRow[] rows = Rows(1);

        Assert.That(
            () => _ml.MetricLearning.DetectFaces(_detector, "Pixels").Fit(numbers),
            Throws.ArgumentException.With.Message.Contains("'Pixels' holds Vector<Single, 16>").And.Message.Contains("images"));
        Assert.That(
            () => _ml.MetricLearning.AlignFaces("Chip", Template).Fit(View(rows)),
            Throws.ArgumentException.With.Message.Contains("'Landmarks' was not found").And.Message.Contains("DetectFaces"));
        Assert.That(
            () => _ml.MetricLearning.AlignFaces("Chip", Template, landmarksColumnName: "Name").Fit(View(rows)),
            Throws.ArgumentException.With.Message.Contains("'Name' holds String"));
        Assert.That(
            () => _ml.MetricLearning.EmbedFaces("Embedding", _detector, Model(), options: new() { Selection = FaceSelection.All }),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("options").And.Message.Contains("FaceEmbedder"));
    }

    [Test]
    public void A_cursor_that_is_left_early_and_a_cancelled_one_end_at_once()
    {
        DrawnRow[] rows = Rows(30);
        using var cancellation = new CancellationTokenSource();
        using FaceTransformer embedder = _ml.MetricLearning
            .EmbedFaces("Embedding", _detector, Model(), "Image", new() { Scoring = new OnnxScoringOptions { CancellationToken = cancellation.Token } })
            .Fit(View(rows));
        IDataView embedded = embedder.Transform(View(rows));

        Assert.That(embedded.GetColumn<VBuffer<float>>("Embedding").Take(2).Count(), Is.EqualTo(2));
        cancellation.Cancel();

        Assert.That(() => SmallNetwork.Embeddings(embedded), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void A_disposed_transformer_says_so()
    {
        DrawnRow[] rows = Rows(1);
        FaceTransformer embedder = _ml.MetricLearning.EmbedFaces("Embedding", _detector, Model(), "Image").Fit(View(rows));
        IDataView embedded = embedder.Transform(View(rows));
        embedder.Dispose();

        Assert.That(() => SmallNetwork.Embeddings(embedded), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void A_chain_fitted_behind_a_face_step_is_saved_without_it_and_put_behind_it_again()
    {
        DrawnRow[] rows = Rows(12);
        using FaceTransformer embedder = _ml.MetricLearning.EmbedFaces("Embedding", _detector, Model(), "Image").Fit(View(rows));
        IDataView embedded = embedder.Transform(View(rows));
        ITransformer behind = _ml.Transforms.NormalizeLpNorm("Features", "Embedding").Fit(embedded);
        using var file = new TemporaryFile(".zip");
        _ml.Model.Save(behind, embedded.Schema, file.Path);

        ITransformer loaded = embedder.Append(new MLContext().Model.Load(file.Path, out _));

        Assert.That(SmallNetwork.Embeddings(loaded.Transform(View(rows)), "Features"), Is.EqualTo(SmallNetwork.Embeddings(behind.Transform(embedded), "Features")));
    }

    private IDataView View(DrawnRow[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private static float[][] Vectors(IDataView view, string column) =>
        [.. view.GetColumn<VBuffer<float>>(column).Select(vector => vector.DenseValues().ToArray())];

    // The three planes of the 4 x 4 pixels from a corner on.
    private static float[] Chip(byte[] pixels, int left, int top) =>
        [.. Enumerable.Range(0, 48).Select(i => (float)pixels[(4 * (((top + (i % 16 / 4)) * Width) + left + (i % 4))) + (i / 16)])];

    private sealed class Embedded
    {
        [VectorType(1, SmallNetwork.Dimension)]
        public float[] Embedding { get; set; } = [];
    }

    private sealed class PathRow
    {
        public string Path { get; set; } = string.Empty;
    }
}
