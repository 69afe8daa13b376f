using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Tests.References;

/// <summary>Retrieval figures by sorting all references for each query.</summary>
public static class ExhaustiveRetrieval
{
    public static RetrievalMetrics? Evaluate(
        float[] queries,
        int[] queryLabels,
        float[] references,
        int[] referenceLabels,
        int dimension,
        DistanceMetric metric,
        int[] recallAt,
        bool leaveOneOut = false)
    {
        List<bool[]> rankings = [];
        for (int query = 0; query < queryLabels.Length; query++)
        {
            float[] x = queries[(query * dimension)..((query + 1) * dimension)];
            bool[] ranking = [.. Enumerable.Range(0, referenceLabels.Length)
                .Where(reference => !leaveOneOut || reference != query)
                .OrderBy(reference => Distance(x, references[(reference * dimension)..((reference + 1) * dimension)], metric))
                .ThenBy(reference => reference)
                .Select(reference => referenceLabels[reference] == queryLabels[query])];
            if (ranking.Contains(true))
            {
                rankings.Add(ranking);
            }
        }

        return rankings.Count == 0 ? null : new RetrievalMetrics
        {
            PrecisionAt1 = rankings.Average(ranking => ranking[0] ? 1.0 : 0.0),
            RPrecision = rankings.Average(RPrecision),
            MeanAveragePrecisionAtR = rankings.Average(AveragePrecisionAtR),
            MeanReciprocalRank = rankings.Average(ranking => 1.0 / (1 + Array.IndexOf(ranking, true))),
            RecallAtK = recallAt.ToDictionary(k => k, k => rankings.Average(ranking => ranking.Take(k).Contains(true) ? 1.0 : 0.0)),
            Queries = rankings.Count,
            QueriesWithoutMatch = queryLabels.Length - rankings.Count,
        };
    }

    private static double RPrecision(bool[] ranking)
    {
        int r = ranking.Count(match => match);
        return (double)ranking.Take(r).Count(match => match) / r;
    }

    private static double AveragePrecisionAtR(bool[] ranking)
    {
        int r = ranking.Count(match => match);
        return Enumerable.Range(1, r)
            .Where(rank => ranking[rank - 1])
            .Sum(rank => (double)ranking.Take(rank).Count(match => match) / rank) / r;
    }

    // In float32 and in the order of the components, as the evaluator documents: ties and near ties fall alike.
    private static float Distance(float[] x, float[] y, DistanceMetric metric)
    {
        if (metric == DistanceMetric.Cosine)
        {
            (x, y) = (Unit(x), Unit(y));
            if (x.All(component => component == 0) || y.All(component => component == 0))
            {
                return 2;
            }
        }

        float sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float difference = x[i] - y[i];
            sum += difference * difference;
        }

        return sum;
    }

    private static float[] Unit(float[] x)
    {
        double norm = Math.Sqrt(x.Sum(component => (double)component * component));
        return norm == 0 ? x : [.. x.Select(component => (float)(component * (1 / norm)))];
    }
}
