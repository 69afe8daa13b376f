namespace Siamese.Pipelines.Projection;

/// <summary>Where the points of a projection start.</summary>
public enum TSneInitialization
{
    /// <summary>
    /// At the rows' first two principal components, scaled so that the first has a standard deviation of 1e-4: classes that are neighbours
    /// tend to stay so (Kobak and Linderman, Initialization is critical for preserving global data structure in both t-SNE and UMAP, 2021).
    /// </summary>
    PrincipalComponents,

    /// <summary>At normal random coordinates of a standard deviation of 1e-4.</summary>
    Random,
}
