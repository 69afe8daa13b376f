namespace Siamese.Galleries.Garnet;

/// <summary>How finely the vectors of the search graph are kept. The embeddings themselves are always kept as float32 beside it.</summary>
public enum GarnetQuantization
{
    /// <summary>4 bytes a component.</summary>
    None,

    /// <summary>1 byte a component.</summary>
    EightBit,

    /// <summary>1 bit a component.</summary>
    Binary,
}
