using System.Numerics;
using System.Runtime.CompilerServices;

namespace Siamese.Pipelines.Projection;

/// <summary>Moves a layout down the gradient, with momentum and a gain for each coordinate: first exaggerated, then not.</summary>
internal sealed class TSneOptimizer
{
    // The constants of van der Maaten's program and of scikit-learn.
    private const float EarlyMomentum = 0.5f;
    private const float LateMomentum = 0.8f;
    private const float GainStep = 0.2f;
    private const float GainFactor = 0.8f;
    private const float LeastGain = 0.01f;
    private const int IterationsBetweenChecks = 50;

    // Here the normalizer's relative error is about 1e-5 at most.
    private const double AngleOfTrueDivergence = 0.2;

    private readonly TSneObjective _objective;
    private readonly TSneOptions _options;
    private readonly ParallelOptions _parallel;
    private readonly float _learningRate;
    private readonly Vector2[] _points;
    private readonly Vector2[] _velocity;
    private readonly Vector2[] _gains;
    private readonly double[] _squares;

    public TSneOptimizer(Affinities affinities, Vector2[] start, TSneOptions options, ParallelOptions parallel)
    {
        _objective = new TSneObjective(affinities, parallel);
        _options = options;
        _parallel = parallel;
        _learningRate = (float)(options.LearningRate ?? Math.Max(start.Length / options.EarlyExaggeration / 4, 50));
        _points = start;
        _velocity = new Vector2[start.Length];
        _gains = new Vector2[start.Length];
        _squares = new double[RowBlocks.Count(start.Length)];
    }

    /// <summary>Optimizes until the last iteration, or until there is no more progress.</summary>
    /// <returns>The layout, its divergence and the iterations done.</returns>
    public (Vector2[] Points, double Divergence, int Iterations) Run()
    {
        int early = Math.Min(_options.ExaggerationIterations, _options.Iterations);
        double best = double.PositiveInfinity;
        int bestIteration = early;
        int iteration = 0;
        bool ended = false;
        while (iteration < _options.Iterations && !ended)
        {
            _parallel.CancellationToken.ThrowIfCancellationRequested();
            bool exaggerated = iteration < early;
            if (iteration == 0 || iteration == early)
            {
                Array.Clear(_velocity);
                Array.Fill(_gains, Vector2.One);
            }

            double normalizer = Checked(_objective.ComputeForces(_points, _options.Angle), iteration);
            iteration++;
            double? divergence = iteration % IterationsBetweenChecks == 0 ? _objective.Divergence(_points, normalizer) : null;
            double norm = exaggerated
                ? Step((float)_options.EarlyExaggeration, EarlyMomentum, (float)normalizer)
                : Step(1, LateMomentum, (float)normalizer);
            _options.Progress?.Report(new TSneProgress(iteration, _options.Iterations, divergence));
            if (divergence is { } found && !exaggerated)
            {
                (best, bestIteration) = found < best ? (found, iteration) : (best, bestIteration);
                ended = iteration - bestIteration > _options.Patience || norm <= _options.MinimumGradientNorm;
            }
        }

        double last = Checked(_objective.Normalizer(_points, Math.Min(_options.Angle, AngleOfTrueDivergence)), iteration);
        return (_points, _objective.Divergence(_points, last), iteration);
    }

    private static float Gain(float gain, float gradient, float velocity) =>
        Math.Max(velocity * gradient < 0 ? gain + GainStep : gain * GainFactor, LeastGain);

    private double Checked(double normalizer, int iteration) => normalizer > 0 && double.IsFinite(normalizer)
        ? normalizer
        : throw new InvalidOperationException(
            $"After {iteration} iterations at a learning rate of {_learningRate} the points have flown apart. "
            + $"Lower {nameof(TSneOptions.LearningRate)}, or leave it null.");

    /// <summary>Moves all points.</summary>
    /// <returns>The norm of the gradient.</returns>
    private double Step(float exaggeration, float momentum, float normalizer)
    {
        RowBlocks.Run(_points.Length, _parallel, (block, first, end) =>
            _squares[block] = Step(first, end, exaggeration, momentum, normalizer));
        return Math.Sqrt(_squares.Sum());
    }

    [MethodImpl(HotLoop.Compilation)]
    private double Step(int first, int end, float exaggeration, float momentum, float normalizer)
    {
        double squares = 0;
        for (int i = first; i < end; i++)
        {
            Vector2 gradient = _objective.Gradient(i, exaggeration, normalizer);
            Vector2 velocity = _velocity[i];
            Vector2 gains = new(Gain(_gains[i].X, gradient.X, velocity.X), Gain(_gains[i].Y, gradient.Y, velocity.Y));
            velocity = (momentum * velocity) - (_learningRate * gains * gradient);
            _gains[i] = gains;
            _velocity[i] = velocity;
            _points[i] += velocity;
            squares += gradient.LengthSquared();
        }

        return squares;
    }
}
