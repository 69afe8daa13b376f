using Siamese.Pipelines.Clustering;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Verification;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Measures what one embedder makes of a folder.</summary>
internal sealed class FaceEvaluation
{
    // All pairs of so many are four million.
    private const int MostPaired = 3000;

    private static readonly int[] Ks = [1, 2, 3, 4, 8];
    private static readonly string[] HeldOut = ["val", "valid", "validation", "test"];

    private FaceEvaluation(IndexedFaces faces, (int Row, float Distance)[][] nearest, Dendrogram tree, EmbedderMetrics metrics)
    {
        Faces = faces;
        Nearest = nearest;
        Tree = tree;
        Metrics = metrics;
    }

    public IndexedFaces Faces { get; }

    public (int Row, float Distance)[][] Nearest { get; }

    public Dendrogram Tree { get; }

    public EmbedderMetrics Metrics { get; }

    public static FaceEvaluation Run(IndexedFaces faces, StepMilliseconds? milliseconds, CancellationToken cancellation)
    {
        (int Row, float Distance)[][] nearest = faces.Nearest(Ks.Max(), cancellation);
        RetrievalMetrics retrieval = RetrievalEvaluator.EvaluateLeaveOneOut(faces.Embeddings, faces.Labels, faces.Dimension, Options(faces, cancellation));
        PrecisionAt[] precision =
        [
            .. Ks.Where(k => k < faces.Labels.Length).Select(k => new PrecisionAt(
                k, nearest.Select((found, row) => (double)found.Take(k).Count(match => faces.Labels[match.Row] == faces.Labels[row]) / k).Average())),
        ];

        // Of directions the squared Euclidean distance is twice the cosine's, and Ward's linkage is of squared distances.
        Dendrogram tree = AgglomerativeClustering.Cluster(faces.Embeddings, faces.Dimension, new ClusteringOptions { CancellationToken = cancellation });
        ClusteringAgreement agreement = ClusteringAgreement.Compare(faces.Labels, tree.CutByCount(faces.People.Length));
        VerificationMetrics pairs = VerificationEvaluator.Evaluate(Pairs(faces));
        EmbedderMetrics metrics = EmbedderMetrics.Of(faces.Embedder) with
        {
            PrecisionAt1 = retrieval.PrecisionAt1,
            PrecisionAtK = precision,
            RPrecision = retrieval.RPrecision,
            MeanAveragePrecisionAtR = retrieval.MeanAveragePrecisionAtR,
            HeldOut = MeasureHeldOut(faces, cancellation),
            AdjustedRand = agreement.AdjustedRandIndex,
            Nmi = agreement.NormalizedMutualInformation,
            Verification = VerificationFigures.Of(pairs),
            MillisecondsPerImage = milliseconds,
        };
        return new FaceEvaluation(faces, nearest, tree, metrics);
    }

    private static RetrievalEvaluationOptions Options(IndexedFaces faces, CancellationToken cancellation) =>
        new() { Distance = faces.Embedder.Model.Distance, CancellationToken = cancellation };

    private static HeldOutFigures? MeasureHeldOut(IndexedFaces faces, CancellationToken cancellation)
    {
        string[] parts = [.. faces.Photographs.Select(photograph => photograph.Name.Split('/')[0].ToLowerInvariant())];
        int[] references = [.. Enumerable.Range(0, parts.Length).Where(row => parts[row] == "train")];
        int[] queries = [.. Enumerable.Range(0, parts.Length).Where(row => HeldOut.Contains(parts[row]))];
        if (references.Length == 0 || queries.Length == 0 || references.Length + queries.Length < parts.Length)
        {
            return null;
        }

        RetrievalMetrics metrics = RetrievalEvaluator.Evaluate(
            Rows(faces, queries),
            [.. queries.Select(row => faces.Labels[row])],
            Rows(faces, references),
            [.. references.Select(row => faces.Labels[row])],
            faces.Dimension,
            Options(faces, cancellation));

        // One whose person is not among the references cannot be right.
        return new HeldOutFigures(references.Length, queries.Length, (int)Math.Round(metrics.PrecisionAt1 * metrics.Queries));
    }

    private static float[] Rows(IndexedFaces faces, int[] rows) => [.. rows.SelectMany(row => faces.Row(row).ToArray())];

    private static IEnumerable<VerificationPair> Pairs(IndexedFaces faces)
    {
        int count = faces.Labels.Length;
        int kept = Math.Min(count, MostPaired);
        for (int i = 0; i < kept; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int first = (int)((long)i * count / kept);
                int second = (int)((long)j * count / kept);
                yield return new VerificationPair(faces.Distance(first, second), faces.Labels[first] == faces.Labels[second]);
            }
        }
    }
}
