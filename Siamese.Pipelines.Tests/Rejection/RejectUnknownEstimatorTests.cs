using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Rejection;

namespace Siamese.Pipelines.Tests.Rejection;

public sealed class RejectUnknownEstimatorTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Test]
    public void In_a_chain_the_label_of_unknown_rows_is_missing_and_that_of_known_rows_stands()
    {
        ITransformer chain = Classifier().Append(_ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, 0.05, Keys)).Fit(Known(400, 1));

        IDataView known = chain.Transform(Known(300, 2));
        IDataView unknown = chain.Transform(View(FeatureRow.Unknown(100, 3)));

        uint[] predicted = [.. known.GetColumn<uint>("PredictedLabel")];
        bool[] rejected = [.. known.GetColumn<bool>("IsUnknown")];
        Assert.That(predicted.Select(key => key == 0), Is.EqualTo(rejected));
        Assert.That(rejected.Count(flag => flag), Is.InRange(1, 40), "about one in twenty of 300");
        Assert.That(
            predicted.Zip(known.GetColumn<uint>("Key")).Where(row => row.First != 0), Has.All.Matches<(uint Said, uint Is)>(row => row.Said == row.Is));
        Assert.That(known.GetColumn<uint>("ClosedSetLabel"), Is.EqualTo(known.GetColumn<uint>("Key")));
        Assert.That(unknown.GetColumn<bool>("IsUnknown"), Has.All.True);
        Assert.That(unknown.GetColumn<uint>("PredictedLabel"), Has.All.Zero);
        Assert.That(unknown.GetColumn<uint>("ClosedSetLabel"), Has.None.Zero);
    }

    [Test]
    public void Missing_labels_become_empty_text_and_the_others_their_text()
    {
        ITransformer chain = Classifier()
            .Append(_ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, 0.05, Keys))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Said", "PredictedLabel"))
            .Fit(Known(400, 1));

        string[] said = [.. chain.Transform(View(FeatureRow.Known(3, 2, spread: 0), FeatureRow.Unknown(2, 3))).GetColumn<string>("Said")];

        Assert.That(said, Is.EqualTo(new[] { "class 0", "class 1", "class 2", "", "" }));
    }

    [Test]
    public void What_the_classifier_said_stays_as_it_was()
    {
        IDataView rows = Known(200, 1);
        ITransformer classifier = Classifier().Fit(rows);
        IDataView classified = classifier.Transform(rows);
        using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(UnknownScore.Entropy, 0.05, Keys).Fit(classified);

        IDataView scored = rejecter.Transform(classified);

        Assert.That(SmallNetwork.Embeddings(scored, "Score"), Is.EqualTo(SmallNetwork.Embeddings(classified, "Score")));
        Assert.That(scored.GetColumn<uint>("ClosedSetLabel"), Is.EqualTo(classified.GetColumn<uint>("PredictedLabel")));
        Assert.That(
            scored.Schema.Where(column => !column.IsHidden).Select(column => column.Name),
            Is.EquivalentTo(classified.Schema.Where(column => !column.IsHidden).Select(column => column.Name).Concat(["ClosedSetLabel", "UnknownScore", "IsUnknown"])));
        Assert.That(scored.Schema["Score"].Type, Is.EqualTo(classified.Schema["Score"].Type));
        Assert.That(KeyNames(scored.Schema["PredictedLabel"]), Is.EqualTo(new[] { "class 0", "class 1", "class 2" }));
    }

    [Test]
    public void Straight_after_an_embedding_there_is_a_score_and_a_flag()
    {
        using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, 0.05).Fit(View(FeatureRow.Known(300, 1)));

        IDataView scored = rejecter.Transform(View(FeatureRow.Unknown(20, 2)));

        Assert.That(scored.GetColumn<bool>("IsUnknown"), Has.All.True);
        Assert.That(scored.Schema.Where(column => !column.IsHidden).Select(column => column.Name), Is.EqualTo(new[] { "Features", "Probabilities", "Label", "UnknownScore", "IsUnknown" }));
    }

    [Test]
    public void A_saved_chain_rejects_alike_in_plain_MLNET_and_here(
        [Values("neighbor", "conformal", "per class", "energy", "gini")] string kind)
    {
        RejectUnknownEstimator estimator = kind switch
        {
            "conformal" => _ml.MetricLearning.RejectUnknown(UnknownScore.Mahalanobis, RejectionThreshold.Conformal(0.1, perClass: true), Keys),
            "per class" => _ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, RejectionThreshold.FalseRejectionRate(0.1, perClass: true), Keys),
            "energy" => _ml.MetricLearning.RejectUnknown(UnknownScore.Energy, 0.1, Keys),
            "gini" => _ml.MetricLearning.RejectUnknown(UnknownScore.Gini, 0.1, Keys),
            _ => _ml.MetricLearning.RejectUnknown(new NeighborDistanceScore { Neighbors = 3 }, 0.1, Keys),
        };
        IDataView rows = Known(300, 1);
        ITransformer chain = Classifier().Append(estimator).Fit(rows);
        IDataView asked = View(FeatureRow.Known(40, 2), FeatureRow.Unknown(20, 3));
        using var file = new TemporaryFile(".zip");
        _ml.Model.Save(chain, rows.Schema, file.Path);

        ITransformer stock = new MLContext().Model.Load(file.Path, out _);
        ITransformer batched = _ml.MetricLearning.Load(file.Path, out _);

        IDataView expected = chain.Transform(asked);
        foreach (IDataView scored in new[] { stock.Transform(asked), batched.Transform(asked) })
        {
            Assert.That(scored.GetColumn<float>("UnknownScore"), Is.EqualTo(expected.GetColumn<float>("UnknownScore")).Within(1e-4f), "batches round their sums otherwise");
            Assert.That(scored.GetColumn<bool>("IsUnknown"), Is.EqualTo(expected.GetColumn<bool>("IsUnknown")));
            Assert.That(scored.GetColumn<uint>("PredictedLabel"), Is.EqualTo(expected.GetColumn<uint>("PredictedLabel")));
            Assert.That(
                scored.Schema.Where(column => !column.IsHidden).Select(column => column.Name),
                Is.EqualTo(expected.Schema.Where(column => !column.IsHidden).Select(column => column.Name)));
        }

        Assert.That(expected.GetColumn<bool>("IsUnknown").Distinct().Count(), Is.EqualTo(2), "both must occur for the comparison to tell");
        RejectionCalibration? found = RejectionCalibration.Find(batched);
        Assert.That(found, Is.Not.Null);
        Assert.That(found!.Thresholds, Is.EqualTo(RejectionCalibration.Find(chain)!.Thresholds));
        Assert.That(found with { Thresholds = [] }, Is.EqualTo(RejectionCalibration.Find(chain)! with { Thresholds = [] }));
    }

    [Test]
    public void A_prediction_engine_rejects_too()
    {
        ITransformer chain = Classifier().Append(_ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, 0.05, Keys)).Fit(Known(300, 1));
        using PredictionEngine<FeatureRow, Verdict> engine = _ml.Model.CreatePredictionEngine<FeatureRow, Verdict>(chain);

        Verdict known = engine.Predict(FeatureRow.Known(1, 2, spread: 0)[0]);
        Verdict unknown = engine.Predict(FeatureRow.Unknown(1, 3)[0]);

        Assert.That((known.IsUnknown, known.PredictedLabel), Is.EqualTo((false, 1u)));
        Assert.That((unknown.IsUnknown, unknown.PredictedLabel), Is.EqualTo((true, 0u)));
        Assert.That(unknown.UnknownScore, Is.GreaterThan(known.UnknownScore));
    }

    [Test]
    public void The_asked_share_of_the_rows_that_calibrate_is_rejected([Values(0.02, 0.1, 0.25)] double rate)
    {
        IDataView held = View(FeatureRow.Known(200, 2));
        using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, rate).Fit(View(FeatureRow.Known(300, 1)), held);

        int rejected = rejecter.Transform(held).GetColumn<bool>("IsUnknown").Count(flag => flag);

        // A row whose score is the threshold may round to either side of it.
        Assert.That(rejected, Is.EqualTo((int)Math.Round(200 * rate)).Within(1));
        Assert.That(rejecter.Calibration, Has.Property("CalibrationRows").EqualTo(200).And.Property("FittedRows").EqualTo(300).And.Property("Rate").EqualTo(rate));
    }

    [Test]
    public void P_values_count_the_held_out_rows_that_score_as_high([Values] bool perClass)
    {
        IDataView fitted = Known(300, 1);
        ITransformer classifier = Classifier().Fit(fitted);
        IDataView held = classifier.Transform(Known(150, 2));
        IDataView asked = classifier.Transform(View(FeatureRow.Known(40, 4, spread: 1.2f), FeatureRow.Unknown(20, 3)));
        using RejectUnknownTransformer rejecter = _ml.MetricLearning
            .RejectUnknown(UnknownScore.PrototypeDistance, RejectionThreshold.Conformal(0.1, perClass), Keys)
            .Fit(classifier.Transform(fitted), held);
        (float Score, uint Label)[] calibration = [.. Scored(rejecter, held)];

        IDataView scored = rejecter.Transform(asked);

        float[] expected = [.. Scored(rejecter, asked).Select(row =>
        {
            float[] alike = [.. calibration.Where(other => !perClass || other.Label == row.Label).Select(other => other.Score)];
            return (1f + alike.Count(other => other >= row.Score)) / (1 + alike.Length);
        })];
        float[] found = [.. scored.GetColumn<float>("PValue")];
        Assert.That(found, Is.EqualTo(expected).Within(1e-5f));
        Assert.That(scored.GetColumn<bool>("IsUnknown"), Is.EqualTo(found.Select(value => value <= 0.1f + 1e-6f)));
        Assert.That(found.Select(value => value <= 0.1f).Distinct().Count(), Is.EqualTo(2));
        Assert.That(rejecter.Calibration.Thresholds, Has.Length.EqualTo(perClass ? 3 : 1));
    }

    [Test]
    public void Classes_that_spread_differently_get_thresholds_of_their_own()
    {
        FeatureRow[] Rows(int seed) => [.. FeatureRow.Known(300, seed, spread: 0.2f).Where(row => row.Label == "class 0"), .. FeatureRow.Known(300, seed, spread: 1.5f).Where(row => row.Label != "class 0")];
        ITransformer classifier = Classifier().Fit(View(Rows(1)));
        using RejectUnknownTransformer rejecter = _ml.MetricLearning
            .RejectUnknown(UnknownScore.PrototypeDistance, RejectionThreshold.FalseRejectionRate(0.05, perClass: true), Keys)
            .Fit(classifier.Transform(View(Rows(1))), classifier.Transform(View(Rows(2))));

        IDataView scored = rejecter.Transform(classifier.Transform(View(Rows(3))));

        ILookup<uint, bool> rejected = scored.GetColumn<uint>("ClosedSetLabel").Zip(scored.GetColumn<bool>("IsUnknown")).ToLookup(row => row.First, row => row.Second);
        foreach (IGrouping<uint, bool> rows in rejected)
        {
            Assert.That(rows.Average(flag => flag ? 1.0 : 0), Is.InRange(0.001, 0.15), $"class {rows.Key}");
        }

        Assert.That(rejecter.Calibration.Thresholds[0], Is.LessThan(rejecter.Calibration.Thresholds[1] / 3));
    }

    [Test]
    public void Examples_of_the_unknown_place_the_threshold_between()
    {
        using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, RejectionThreshold.BestSeparation())
            .Fit(View(FeatureRow.Known(300, 1)), View(FeatureRow.Known(100, 2)), View(FeatureRow.Unknown(100, 3)));

        Assert.That(rejecter.Transform(View(FeatureRow.Unknown(50, 4))).GetColumn<bool>("IsUnknown"), Has.All.True);
        Assert.That(rejecter.Transform(View(FeatureRow.Known(50, 4))).GetColumn<bool>("IsUnknown").Count(flag => flag), Is.LessThan(3));
    }

    [Test]
    public void The_graph_says_of_itself_how_it_was_calibrated()
    {
        using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, 0.05).Fit(View(FeatureRow.Known(500, 1)));

        IReadOnlyDictionary<string, string> metadata = OnnxModelFile.ReadMetadata(rejecter.OfType<BatchedOnnxTransformer>().Single().Step.Graph);

        Assert.That(metadata["siamese.rejection.score"], Is.EqualTo("neighbor-distance"));
        Assert.That(metadata["siamese.rejection.method"], Is.EqualTo("false-rejection-rate"));
        Assert.That(metadata["siamese.rejection.rate"], Is.EqualTo("0.05"));
        Assert.That(metadata["siamese.rejection.calibrationRows"], Is.EqualTo("100"));
        Assert.That(metadata["siamese.rejection.fittedRows"], Is.EqualTo("400"));
        Assert.That(float.Parse(metadata["siamese.rejection.threshold"], System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(rejecter.Calibration.Thresholds.Single()));
    }

    [Test]
    public void Bad_rows_are_refused_and_named()
    {
        IDataView known = View(FeatureRow.Known(300, 1));
        IDataView held = View(FeatureRow.Known(100, 2));
        RejectUnknownEstimator estimator = _ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, 0.05);

        Assert.That(() => estimator.Fit(known, View()), Throws.ArgumentException.With.Message.Contains("calibration have no rows"));
        Assert.That(() => estimator.Fit(known, known), Throws.ArgumentException.With.Message.Contains("very view"));
        Assert.That(() => estimator.Fit(known, View(FeatureRow.Known(90, 2).Where(row => row.Label == "class 1"))), Throws.ArgumentException.With.Message.Contains("'class 1'").And.Message.Contains("3 classes"));
        Assert.That(() => estimator.Fit(known, View(FeatureRow.Known(90, 2), FeatureRow.Unknown(1, 1))), Throws.ArgumentException.With.Message.Contains("'none'"));
        Assert.That(() => estimator.Fit(known, View(FeatureRow.Known(10, 2))), Throws.ArgumentException.With.Message.Contains("20 known rows").And.Message.Contains("there are 10"));
        Assert.That(() => estimator.Fit(known, held, View(FeatureRow.Unknown(9, 1))), Throws.ArgumentException.With.Message.Contains("examples of the unknown"));
        Assert.That(() => _ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, 0.05).Fit(known, held, held), Throws.ArgumentException.With.Property("ParamName").EqualTo("unknown"));
        Assert.That(() => _ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, RejectionThreshold.BestSeparation()).Fit(known, held), Throws.ArgumentException.With.Message.Contains("none were given"));
        Assert.That(() => _ml.MetricLearning.RejectUnknown(UnknownScore.Mahalanobis, RejectionThreshold.Conformal(0.1, perClass: true)).Fit(known, held), Throws.ArgumentException.With.Message.Contains("'PredictedLabel'"));
    }

    [Test]
    public void Values_that_are_not_finite_are_refused_where_they_are_fitted_and_where_they_are_scored()
    {
        FeatureRow[] rows = FeatureRow.Known(100, 1);
        using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, 0.1).Fit(View(FeatureRow.Known(100, 1)));
        rows[7].Features = [1, float.NaN, 1];

        Assert.That(() => _ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, 0.1).Fit(View(rows)), Throws.ArgumentException.With.Message.Contains("Row 7"));

        // ML.NET wraps what its worker threads meet.
        Exception? thrown = Assert.Catch(() => _ = rejecter.Transform(View(rows)).GetColumn<bool>("IsUnknown").ToArray());
        Assert.That(thrown!.GetBaseException().Message, Does.Contain("'Features'").And.Contain("row 7"));
    }

    [Test]
    public void Scores_that_are_all_equal_are_refused()
    {
        FeatureRow[] rows = FeatureRow.Known(100, 1);
        foreach (FeatureRow row in rows)
        {
            row.Probabilities = [1, 0, 0];
        }

        Assert.That(
            () => _ml.MetricLearning.RejectUnknown(UnknownScore.MaximumProbability, 0.1, new() { ScoreColumnName = "Probabilities" }).Fit(View(rows)),
            Throws.ArgumentException.With.Message.Contains("All 100 rows").And.Message.Contains("collapsed"));
    }

    [Test]
    public void Scores_that_are_no_probabilities_are_refused_where_these_are_wanted() => Assert.That(
        () => _ml.MetricLearning.RejectUnknown(UnknownScore.Entropy, 0.1, new() { ScoreColumnName = "Features" }).Fit(View(FeatureRow.Known(100, 1))),
        Throws.ArgumentException.With.Message.Contains("sum to 1").And.Message.Contains("entropy"));

    [Test]
    public void A_prediction_that_is_text_already_is_refused_with_the_remedy()
    {
        ITransformer chain = Classifier().Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(Known(100, 1));

        Assert.That(
            () => _ml.MetricLearning.RejectUnknown(UnknownScore.Entropy, 0.1, Keys).Fit(chain.Transform(Known(100, 1))),
            Throws.ArgumentException.With.Message.Contains("before MapKeyToValue"));
    }

    [Test]
    public void A_cancelled_fit_ends()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.That(
            () => _ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, 0.1, new() { Scoring = new() { CancellationToken = source.Token } }).Fit(View(FeatureRow.Known(100, 1))),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Thousands_of_classes_are_told_apart_and_the_saved_file_grows_with_the_rows()
    {
        // Two rows a class, in the plane; with a table for each pair of classes it would take hours and gigabytes.
        const int Classes = 4000;
        FeatureRow[] rows = [.. Enumerable.Range(0, 2 * Classes).Select(i => new FeatureRow
        {
            Features = [10 * (i % Classes % 64), 10 * (i % Classes / 64), i < Classes ? 0 : (i % 7) / 7f],
            Probabilities = [1, 0, 0],
            Label = $"class {i % Classes}",
        })];
        IDataView view = _ml.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(View(rows)).Transform(View(rows));
        using TransformerChain<ITransformer> classifier = _ml.MetricLearning.NearestNeighbors("Key").Fit(view);
        IDataView classified = classifier.Transform(view);
        using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, RejectionThreshold.Conformal(0.4), Keys).Fit(classified, classifier.Transform(_ml.Data.Cache(view)));
        FeatureRow[] asked = [rows[7], new FeatureRow { Features = [5, 5, 0], Probabilities = [1, 0, 0] }, new FeatureRow { Features = [rows[^1].Features[0], rows[^1].Features[1], 0.3f], Probabilities = [1, 0, 0] }];
        using var file = new TemporaryFile(".zip");
        _ml.Model.Save(rejecter, classified.Schema, file.Path);

        IDataView scored = rejecter.Transform(classifier.Transform(View(asked)));
        IDataView plain = new MLContext().Model.Load(file.Path, out _).Transform(classifier.Transform(View(asked)));

        foreach (IDataView found in new[] { scored, plain })
        {
            IDataView said = _ml.Transforms.Conversion.MapKeyToValue("Said", "PredictedLabel").Fit(found).Transform(found);
            Assert.That(said.GetColumn<string>("Said"), Is.EqualTo(new[] { "class 7", "", $"class {Classes - 1}" }));
        }

        Assert.That(new FileInfo(file.Path).Length, Is.LessThan(1_000_000));
    }

    [Test]
    public void A_score_equal_to_the_threshold_is_known_and_the_next_greater_one_unknown()
    {
        // One prototype, at (1, 1, 1), and a row at the distance 2.
        FeatureRow[] known = [new FeatureRow { Features = [0, 1, 1], Label = "a", Probabilities = new float[3] }, new FeatureRow { Features = [2, 1, 1], Label = "a", Probabilities = new float[3] }];
        IDataView asked = View([new FeatureRow { Features = [1, 3, 1], Probabilities = new float[3] }]);

        foreach ((float threshold, bool isUnknown) in new[] { (2f, false), (MathF.BitIncrement(2), false), (MathF.BitDecrement(2), true) })
        {
            using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, RejectionThreshold.Fixed(threshold)).Fit(View(known));
            Assert.That(rejecter.Transform(asked).GetColumn<bool>("IsUnknown"), Is.EqualTo(new[] { isUnknown }), $"{threshold:R}");
        }
    }

    [Test]
    public void A_conformal_rejection_leaves_none_of_its_own_columns_behind()
    {
        using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, RejectionThreshold.Conformal(0.1)).Fit(Known(300, 1));

        Assert.That(
            rejecter.Transform(Known(3, 2)).Schema.Where(column => !column.IsHidden).Select(column => column.Name),
            Is.EquivalentTo(new[] { "Features", "Probabilities", "Label", "UnknownScore", "PValue", "IsUnknown" }));
    }

    [Test]
    public void Each_half_of_the_examples_of_the_unknown_has_its_own_use()
    {
        // The score learns from one half; the threshold is placed by the other alone, of which all lie beyond the known.
        FeatureRow[] exposed = FeatureRow.Unknown(41, 3);
        RejectUnknownEstimator estimator = _ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, RejectionThreshold.BestSeparation());
        using RejectUnknownTransformer rejecter = estimator.Fit(Known(200, 1), Known(200, 2), View(exposed));

        Assert.That(rejecter.Calibration.OutlierRows, Is.EqualTo(41));
        Assert.That(rejecter.Transform(View(FeatureRow.Unknown(40, 4))).GetColumn<bool>("IsUnknown").Count(flag => flag), Is.GreaterThan(36));
        Assert.That(rejecter.Transform(Known(200, 5)).GetColumn<bool>("IsUnknown").Count(flag => flag), Is.LessThan(10));
    }

    [TestCase(1.01f)]
    [TestCase(0.5f)]
    [TestCase(-1f)]
    public void Probabilities_of_another_sum_are_refused_with_their_row(float factor)
    {
        FeatureRow[] rows = FeatureRow.Known(100, 1);
        rows[3].Probabilities = Array.ConvertAll(rows[3].Probabilities, value => factor * value);

        Assert.That(
            () => _ml.MetricLearning.RejectUnknown(UnknownScore.MaximumProbability, 0.1, new() { ScoreColumnName = "Probabilities" }).Fit(View(rows)),
            Throws.ArgumentException.With.Message.Contains("Row 3").And.Message.Contains("sum to 1"));
    }

    [Test]
    public void One_class_alone_may_be_known()
    {
        FeatureRow[] Ones(int seed) => [.. FeatureRow.Known(300, seed).Where(row => row.Label == "class 1")];
        using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, 0.05).Fit(View(Ones(1)), View(Ones(2)));

        Assert.That(rejecter.Transform(View(FeatureRow.Unknown(20, 3))).GetColumn<bool>("IsUnknown"), Has.All.True);
        Assert.That(rejecter.Transform(View(Ones(4))).GetColumn<bool>("IsUnknown").Count(flag => flag), Is.LessThan(20));
    }

    [Test]
    public void A_schema_without_the_columns_is_refused_by_name()
    {
        RejectUnknownEstimator estimator = _ml.MetricLearning.RejectUnknown(UnknownScore.PrototypeDistance, 0.1, new() { FeatureColumnName = "Embedding" });

        Assert.That(() => estimator.GetOutputSchema(null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("inputSchema"));
        Assert.That(() => estimator.Fit(Known(30, 1)), Throws.ArgumentException.With.Message.Contains("'Embedding'").And.Message.Contains("'Features'"));
    }

    [TestCase(1e4f, 1f)]
    [TestCase(1e6f, 1f)]
    [TestCase(0f, 1e-20f)]
    [TestCase(0f, 1e17f)]
    public void Strangers_are_told_from_the_known_wherever_and_of_whatever_size_the_features_are(float offset, float scale)
    {
        FeatureRow[] Moved(FeatureRow[] rows)
        {
            Array.ForEach(rows, row => row.Features = Array.ConvertAll(row.Features, value => offset + (scale * value)));
            return rows;
        }

        IDataView unknown = View(Moved(FeatureRow.Unknown(40, 3)));
        UnknownScore[] scores =
        [
            UnknownScore.PrototypeDistance,
            UnknownScore.NeighborDistance,
            new NeighborDistanceScore { Whiten = false },
            UnknownScore.Mahalanobis,
        ];
        foreach (UnknownScore score in scores)
        {
            using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(score, 0.05)
                .Fit(View(Moved(FeatureRow.Known(300, 1))), View(Moved(FeatureRow.Known(300, 2))));

            Assert.That(rejecter.Transform(unknown).GetColumn<bool>("IsUnknown"), Has.All.True, score.Name);
            Assert.That(
                rejecter.Transform(View(Moved(FeatureRow.Known(300, 4)))).GetColumn<bool>("IsUnknown").Count(flag => flag), Is.LessThan(50), score.Name);
        }
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void A_row_that_is_not_finite_is_unknown_in_plain_MLNET(float value)
    {
        UnknownScore[] scores = [UnknownScore.PrototypeDistance, new PrototypeDistanceScore { Distance = DistanceMetric.Cosine }, UnknownScore.Mahalanobis, UnknownScore.MaximumProbability];
        foreach (UnknownScore score in scores)
        {
            IDataView known = FeatureRow.Keyed(_ml, FeatureRow.Known(300, 1));
            using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(score, 0.1, new() { LabelColumnName = "Key", ScoreColumnName = "Probabilities" }).Fit(known);
            FeatureRow[] asked = FeatureRow.Known(3, 2, spread: 0);
            asked[1].Features[0] = value;
            asked[1].Probabilities = [0.99f, value, 0];
            using var file = new TemporaryFile(".zip");
            _ml.Model.Save(rejecter, known.Schema, file.Path);

            IDataView plain = new MLContext().Model.Load(file.Path, out _).Transform(FeatureRow.Keyed(_ml, asked));

            Assert.That(plain.GetColumn<bool>("IsUnknown").ElementAt(1), Is.True, score.Name);
            Assert.That(plain.GetColumn<float>("UnknownScore").ElementAt(1), Is.NaN, score.Name);
        }
    }

    private static RejectUnknownOptions Keys => new() { LabelColumnName = "Key" };

    private static IEnumerable<(float Score, uint Label)> Scored(RejectUnknownTransformer rejecter, IDataView rows)
    {
        IDataView scored = rejecter.Transform(rows);
        return scored.GetColumn<float>("UnknownScore").Zip(scored.GetColumn<uint>("ClosedSetLabel"));
    }

    private static string[] KeyNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private EstimatorChain<MulticlassPredictionTransformer<MaximumEntropyModelParameters>> Classifier() =>
        _ml.Transforms.Conversion.MapValueToKey("Key", "Label").Append(
            _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options { LabelColumnName = "Key", NumberOfThreads = 1 }));

    private IDataView Known(int count, int seed) => View(FeatureRow.Known(count, seed));

    private IDataView View(params IEnumerable<FeatureRow>[] rows) => FeatureRow.View(_ml, rows.SelectMany(part => part));

    private sealed class Verdict
    {
        public uint PredictedLabel { get; set; }

        public float UnknownScore { get; set; }

        public bool IsUnknown { get; set; }
    }
}
