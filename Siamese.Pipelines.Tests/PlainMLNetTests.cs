using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Tests;

/// <summary>Scores saved chains in a process that references ML.NET's packages only.</summary>
public sealed class PlainMLNetTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Test]
    public void A_program_without_this_library_gives_the_same_labels_and_embeddings()
    {
        IDataView view = Rows();
        ITransformer chain = Keys()
            .Append(_ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Pixels"))
            .Append(_ml.Transforms.NormalizeLpNorm("Features", "Embedding"))
            .Append(_ml.MetricLearning.SoftmaxClassifier())
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(view);

        (string Label, float[] Embedding)[] found = RunPlain(chain, view, "Embedding");

        IDataView scored = chain.Transform(view);
        Assert.That(found.Select(row => row.Label), Is.EqualTo(scored.GetColumn<string>("PredictedLabel")));
        Assert.That(found.Select(row => row.Embedding), Is.EqualTo(SmallNetwork.Embeddings(scored)));
        Assert.That(found.Select(row => row.Label).Distinct().Count(), Is.GreaterThan(1));
    }

    [Test]
    public void A_nearest_neighbour_classifier_gives_the_same_labels_there()
    {
        IDataView view = Rows();
        ITransformer chain = Keys()
            .Append(_ml.MetricLearning.EmbedImages("Features", SmallNetwork.Create(), "Pixels"))
            .Append(_ml.MetricLearning.NearestNeighbors(options: new() { Neighbors = 5 }))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(view);

        (string Label, float[] Votes)[] found = RunPlain(chain, view, "Score");

        IDataView scored = chain.Transform(view);
        Assert.That(found.Select(row => row.Label), Is.EqualTo(scored.GetColumn<string>("PredictedLabel")));
        Assert.That(found.Select(row => row.Votes), Is.EqualTo(SmallNetwork.Embeddings(scored, "Score")));
    }

    private IEstimator<ITransformer> Keys() =>
        _ml.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.String).Append(_ml.Transforms.Conversion.MapValueToKey("Label"));

    private IDataView Rows() => _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(80));

    private (string Label, float[] Values)[] RunPlain(ITransformer chain, IDataView view, string column)
    {
        using var model = new TemporaryFile(".zip");
        using var rows = new TemporaryFile(".idv");
        _ml.Model.Save(chain, view.Schema, model.Path);
        using (FileStream stream = File.Create(rows.Path))
        {
            _ml.Data.SaveAsBinary(view, stream);
        }

        string program = typeof(PlainMLNetTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(found => found.Key == "PlainMLNet").Value!;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, model.Path, rows.Path, "--column", column])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.That(process.ExitCode, Is.Zero, errors.Result);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r').Split('\t')).Select(parts =>
            (parts[0], parts[1].Split(' ', ',').Select(value => float.Parse(value, CultureInfo.InvariantCulture)).ToArray()))];
    }
}
