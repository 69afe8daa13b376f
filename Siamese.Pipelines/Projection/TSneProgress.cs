namespace Siamese.Pipelines.Projection;

/// <summary>How far a projection is.</summary>
/// <param name="Iteration">The iterations done, from 1.</param>
/// <param name="Iterations">The most that there will be.</param>
/// <param name="KullbackLeiblerDivergence">
/// The divergence of the layout, without exaggeration, where it was computed: every 50 iterations. Null between.
/// </param>
public readonly record struct TSneProgress(int Iteration, int Iterations, double? KullbackLeiblerDivergence);
