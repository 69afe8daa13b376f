using System.Numerics.Tensors;

namespace Siamese.Pipelines.Projection;

/// <summary>Makes probabilities of the distances from a row to its neighbours, of the perplexity that was asked for.</summary>
/// <remarks>
/// p(j) ∝ exp(−β d²(j)), and the perplexity is the exponential of their entropy, which falls as β grows. Newton's method finds log β
/// between brackets: the derivative of the entropy by it is −β² times the variance of d².
/// </remarks>
internal sealed class PerplexityCalibration(int neighbors, double perplexity)
{
    private const double Tolerance = 1e-7;
    private const double LongestStep = 3;
    private const int MostSteps = 200;

    private readonly double _entropy = Math.Log(perplexity);
    private readonly double[] _distances = new double[neighbors];
    private readonly double[] _squares = new double[neighbors];
    private readonly double[] _weights = new double[neighbors];

    /// <summary>Computes the probabilities of one row's k neighbours.</summary>
    /// <param name="squaredDistances">k values, ascending.</param>
    /// <param name="probabilities">
    /// Receives k values that sum to 1: equal shares of the nearest where more than the perplexity are equally near.
    /// </param>
    public void Calibrate(ReadOnlySpan<float> squaredDistances, Span<float> probabilities)
    {
        // The nearest one's distance cancels. Without it the greatest weight is 1 whatever β is, and the sum never 0.
        for (int i = 0; i < _distances.Length; i++)
        {
            _distances[i] = (double)squaredDistances[i] - squaredDistances[0];
        }

        double mean = TensorPrimitives.Average<double>(_distances);
        TensorPrimitives.Divide(_distances, mean > 0 ? mean : 1, _distances);
        TensorPrimitives.Multiply<double>(_distances, _distances, _squares);
        double low = double.NegativeInfinity;
        double high = double.PositiveInfinity;
        double logBeta = 0;
        double sum = 0;
        for (int step = 0; step < MostSteps; step++)
        {
            double beta = Math.Exp(logBeta);
            TensorPrimitives.Multiply(_distances, -beta, _weights);
            TensorPrimitives.Exp<double>(_weights, _weights);
            sum = TensorPrimitives.Sum<double>(_weights);
            double first = TensorPrimitives.Dot<double>(_weights, _distances) / sum;
            double variance = (TensorPrimitives.Dot<double>(_weights, _squares) / sum) - (first * first);
            double error = Math.Log(sum) + (beta * first) - _entropy;
            double slope = beta * beta * variance;

            // No slope: only equals are left, and no β tells them apart.
            if (Math.Abs(error) <= Tolerance || !(slope > 0))
            {
                break;
            }

            (low, high) = error > 0 ? (logBeta, high) : (low, logBeta);
            double next = logBeta + Math.Clamp(error / slope, -LongestStep, LongestStep);
            logBeta = next > low && next < high ? next : (low + high) / 2;
        }

        for (int i = 0; i < probabilities.Length; i++)
        {
            probabilities[i] = (float)(_weights[i] / sum);
        }
    }
}
